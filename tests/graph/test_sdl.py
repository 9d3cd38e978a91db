"""The schema as text: checked in, and described to the last argument."""

from collections.abc import Iterator
from pathlib import Path

from graphql import build_schema, is_enum_type, is_input_object_type, is_interface_type, is_object_type

from graph import sdl

FILE = Path(__file__).parents[2] / "schema.graphql"

KEYS = {
    "Query.companiesByNpi(npis:)", "Query.company(id:)", "Query.company(npi:)", "Query.location(id:)",
    "Query.node(id:)", "Query.nodes(ids:)",
}  # fmt: skip


def described(text: str) -> Iterator[tuple[str, str | None]]:
    """Yield everything in a schema that a person reads a description of."""
    for name, type_ in build_schema(text).type_map.items():
        if name.startswith("__") or name in {"String", "Int", "Float", "Boolean", "ID"}:
            continue
        yield name, type_.description
        if is_object_type(type_) or is_interface_type(type_):
            for field_name, field in type_.fields.items():
                yield f"{name}.{field_name}", field.description
                for argument_name, argument in field.args.items():
                    yield f"{name}.{field_name}({argument_name}:)", argument.description
        elif is_input_object_type(type_):
            for field_name, input_field in type_.fields.items():
                yield f"{name}.{field_name}", input_field.description
        elif is_enum_type(type_):
            for value_name, value in type_.values.items():
                yield f"{name}.{value_name}", value.description


def test_the_schema_that_is_checked_in_is_the_one_served() -> None:
    assert FILE.read_text(encoding="utf-8") == sdl.printed(), "run `make schema`"


def undescribed() -> set[str]:
    return {name for name, description in described(sdl.printed()) if not (description or "").strip()}


def test_everything_is_described() -> None:
    assert len(list(described(sdl.printed()))) > 200
    assert undescribed() <= KEYS


def test_the_keys_of_the_root_are_described() -> None:
    assert not undescribed() & KEYS


def test_descriptions_are_sentences() -> None:
    assert [
        name
        for name, description in described(sdl.printed())
        if description and name not in {"Date", "DateTime"} and not description.rstrip(")").endswith(".")
    ] == []


def test_the_print_is_sorted() -> None:
    printed = sdl.printed()
    types = [line.split()[1] for line in printed.splitlines() if line.startswith(("type ", "enum ", "input "))]
    assert types == sorted(types)
    fields = printed.partition("\ntype PageInfo {")[2].partition("}")[0]
    names = [line.split(":")[0].strip() for line in fields.splitlines() if ": " in line]
    assert names == sorted(names)
