"""Whether fields of one response name surely ask for the same (GraphQL specification, 5.3.2)."""

from collections.abc import Mapping

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLOutputType,
    InlineFragmentNode,
    SelectionSetNode,
    print_ast,
)

from graph.limits import Fragments

# Selections and pairs of one name in a document, some 0.7 us each; what has more is left to graphql-core.
MAX_STEPS = 5_000


class Merging:
    """The merging of a document's fields; `types` has their types by the identity of their nodes.

    It asks for more than the specification does: fields of one response name must be alike even in objects that
    never are one, such as those of a Company and of a Location. There may be no cycle of fragments.
    """

    def __init__(self, fragments: Fragments, types: Mapping[int, GraphQLOutputType]) -> None:
        self._fragments = fragments
        self._types = types
        self._steps = 0

    def is_sure(self, sets: list[SelectionSetNode]) -> bool:
        """Return whether all fields can surely be merged in selection sets that are one in the answer."""
        for nodes in self._by_response_name(sets).values():
            self._steps += len(nodes) * (len(nodes) - 1) // 2
            if self._steps > MAX_STEPS or not all(self._are_alike(nodes[0], other) for other in nodes[1:]):
                return False
            inner = [node.selection_set for node in nodes if node.selection_set]
            if inner and not self.is_sure(inner):
                return False
        return True

    def _by_response_name(self, sets: list[SelectionSetNode]) -> Mapping[str, list[FieldNode]]:
        found: dict[str, list[FieldNode]] = {}
        waiting, seen = list(sets), set()
        for each in waiting:
            self._steps += len(each.selections)
            for selection in each.selections:
                if isinstance(selection, FieldNode):
                    found.setdefault((selection.alias or selection.name).value, []).append(selection)
                elif isinstance(selection, InlineFragmentNode):
                    waiting.append(selection.selection_set)
                elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
                    seen.add(selection.name.value)
                    waiting.append(self._fragments[selection.name.value].selection_set)
        return found

    def _are_alike(self, one: FieldNode, other: FieldNode) -> bool:
        """Return whether two fields have one name, one type, and the same arguments as they are written."""
        return (
            one.name.value == other.name.value
            and str(self._types[id(one)]) == str(self._types[id(other)])
            and list(map(print_ast, one.arguments or ())) == list(map(print_ast, other.arguments or ()))
        )
