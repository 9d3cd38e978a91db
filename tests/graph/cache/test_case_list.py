"""What may go wrong with what is kept, case by case, and the tests that hold each of them."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[2]
DEFINED = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)

CASES: dict[str, tuple[str, ...]] = {
    "a reader begins before a write and keeps what it read after it; so does one who waits for that reader": (
        "test_what_was_read_before_a_write_and_comes_after_it_is_given_to_nobody_else",
    ),
    "what a reader keeps reaches the shared cache after a second write": (
        "test_what_reaches_the_shared_cache_after_a_second_write_is_not_believed",
    ),
    "a write is undone, or only tried": (
        "test_what_is_undone_together_changes_nothing",
        "test_what_is_tried_or_undone_changes_nothing",
    ),
    "the reply to a commit is lost": ("test_a_commit_whose_reply_is_lost_is_learned_of_from_the_log",),
    "a process is killed between its commit and its reply": (
        "test_what_a_killed_process_had_committed_is_read_by_all",
    ),
    "another process reads, with the cursor of the change and without": (
        "test_nobody_is_given_what_was",
        "test_a_cursor_of_another_directory_is_waited_for_in_vain_and_shortly",
    ),
    "the log can't be read: silent, its connection killed, an error each time": (
        "test_where_the_log_cannot_be_read_nothing_that_is_kept_is_given",
        "test_a_feed_that_is_lost_gives_nothing_old_away",
        "test_a_log_that_is_silent_says_nothing",
    ),
    "the shared cache refuses, is a black hole, slow, full, evicts, is emptied, has an older copy": (
        "test_whatever_the_shared_cache_does_nobody_fails_or_waits",
        "test_no_request_fails_whatever_the_cache_does",
        "test_what_comes_back_with_an_older_copy_is_not_believed",
    ),
    "a clock jumps": (
        "test_an_answer_lives_no_longer_for_a_clock_that_jumps",
        "test_what_is_shared_lives_no_longer_for_a_clock_that_jumps",
        "test_a_license_expires_at_the_databases_midnight",
        "test_processes_whose_clock_jumps_give_nothing_old_and_keep_again",
    ),
    "a Cluster, with slots that move under load, and a server that is lost": (
        "test_what_moves_is_found_before_between_and_after",
        "test_nobody_waits_or_fails_while_slots_move",
        "test_nobody_waits_or_fails_when_a_server_is_lost",
    ),
    "garbled, cut, too long, another key's or another schema's content in the shared cache": (
        "test_whatever_stands_in_the_cache_is_an_answer_or_none",
        "test_two_schemas_beside_each_other_share_nothing",
    ),
    "a company moves, closes, is renamed, is created; a place appears, or crosses a ZIP; a taxonomy is gained": (
        "test_nobody_is_given_what_was",
        "test_a_place_that_appears_or_crosses_a_zip_is_in_the_lists_where_it_is",
        "test_what_a_load_changes_during_reads_is_given_by_nobody",
    ),
    "null and empty answers are kept, then there is something": ("test_nobody_is_given_what_was",),
    "thousands are loaded during reads": (
        "test_what_a_load_changes_during_reads_is_given_by_nobody",
        "test_a_load_changes_everything",
    ),
    "more tags change than are remembered": (
        "test_what_is_forgotten_counts_as_changed",
        "test_nothing_holds_that_changed_since",
    ),
    "one role asks after another, cold and kept, with errors first": (
        "test_no_role_is_given_what_another_one_was",
        "test_each_role_gets_its_own_answer",
    ),
    "questions look alike": (
        "test_questions_that_look_alike_have_each_their_own_answer",
        "test_values_that_json_cannot_have_are_told_apart",
    ),
    "200 ask the same at once": (
        "test_identical_questions_are_asked_once",
        "test_one_answer_is_for_all_who_wait_for_it",
    ),
    "the first of those who wait leaves, or fails": (
        "test_one_that_leaves_takes_nobody_along",
        "test_who_waits_for_one_that_takes_too_long_reads_by_itself",
    ),
    "what many ask ends": (
        "test_one_reads_when_what_many_ask_is_too_old",
        "test_a_hot_key_that_ends_is_made_anew_by_one_and_nobody_waits",
    ),
    "a million questions": ("test_answers_to_a_million_questions_take_what_they_may",),
    "nothing is to be kept; and what `ariesone cache stats` speaks of": (
        "test_off_is_off",
        "test_what_running_servers_keep_is_cleared_too",
    ),
    "two versions of the schema beside each other": ("test_two_schemas_beside_each_other_share_nothing",),
}


@pytest.fixture(scope="module")
def defined() -> set[str]:
    """The names of all tests of the API."""
    files = (TESTS / "graph").rglob("test_*.py")
    return {name for file in files for name in DEFINED.findall(file.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("case", CASES)
def test_each_case_is_held(case: str, defined: set[str]) -> None:
    assert set(CASES[case]) <= defined
