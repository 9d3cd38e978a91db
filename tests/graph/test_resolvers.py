"""How fields get their values: declared once, read by both executors."""

import inspect
from collections.abc import Sequence

from graph.execution.sources import Call, Inline, Read
from graph.resolvers import batched, inlined, reads, single


def test_a_relation_shows_the_field_s_arguments_and_keeps_the_function() -> None:
    async def relation(
        context: object, parents: Sequence[str], columns: object = None, first: int | None = None
    ) -> list[str | None]:
        return [f"{parent}{first}{columns}{context}" for parent in parents]

    resolver = batched("npi")(relation)
    assert resolver.source == Read(relation, ("npi",), is_batched=True, takes_columns=True)  # type: ignore[attr-defined]
    signature = inspect.signature(resolver)
    assert list(signature.parameters) == ["root", "info", "first"]
    assert signature.return_annotation == str | None


def test_a_read_without_parents_takes_columns_only_where_it_says_so() -> None:
    async def read(context: object, first: int) -> int:
        return first if context else 0

    resolver = single(read)
    assert resolver.source == Read(read, (), is_batched=False, takes_columns=False)  # type: ignore[attr-defined]
    assert list(inspect.signature(resolver).parameters) == ["root", "info", "first"]


def test_an_expression_knows_the_columns_that_it_names() -> None:
    function = inlined("{owner}.cursor({root}, {npi})", "cursor")(lambda root: root)
    expression = function.source  # type: ignore[attr-defined]
    assert expression == Inline("{owner}.cursor({root}, {npi})", ("cursor",))
    assert expression.reads == ("npi", "cursor")
    assert expression.write("row", "page", lambda name: f"row[{name!r}]") == "page.cursor(row, row['npi'])"


def test_a_function_names_its_columns_and_may_have_no_parent() -> None:
    def name(root: dict[str, str]) -> str:
        return root["name"]

    def constant() -> int:
        return 1

    assert reads("name")(name).source == Call(name, ("name",), takes_root=True)  # type: ignore[attr-defined]
    assert reads()(constant).source == Call(constant, (), takes_root=False)  # type: ignore[attr-defined]
