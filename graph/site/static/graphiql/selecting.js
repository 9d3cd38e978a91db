// Changes an operation's syntax tree, as one clicks: fields come and go, and so do arguments and their values.

// Leaves that say what an object is, the best first.
const TELLING = ["id", "npi", "name", "code", "value", "kind"];
const PAGE = "10";

/** Return a document's text with `operation` in place of the one that stood there; what is around that stays. */
export function replaceOperation(text, { loc }, operation) {
  const { print } = GraphiQL.GraphQL;
  const written = operation.selectionSet.selections.length > 0 ? print(operation) : "";
  return text.slice(0, loc?.start ?? text.length) + written + text.slice(loc?.end ?? text.length);
}

/** Return an operation of a kind (query, mutation, subscription) that asks for nothing yet. */
export function emptyOperation(kind) {
  return { kind: "OperationDefinition", operation: kind, selectionSet: selectionSet([]) };
}

/** Return a field as it is first asked for: with the arguments that it needs, and something of what it has.
 *
 * `known` has values by the names of arguments; `selections` are what is asked of it, if that is known already.
 */
export function makeField(field, known, selections = firstSelections(field.type, known)) {
  const { isRequiredArgument } = GraphiQL.GraphQL;
  const isPaged = field.args.some(({ name }) => name === "first") && field.args.some(({ name }) => name === "last");
  const needed = field.args.filter((each) => isRequiredArgument(each) || (isPaged && each.name === "first"));
  return {
    kind: "Field",
    name: nameOf(field.name),
    arguments: needed.map((each) => makeArgument("Argument", each, known)),
    ...(selections.length > 0 && { selectionSet: selectionSet(selections) }),
  };
}

/** Return what an object type has to be asked for as a fragment. */
export function makeFragment(type, known, selections = firstSelections(type, known)) {
  const condition = { kind: "NamedType", name: nameOf(type.name) };
  return { kind: "InlineFragment", typeCondition: condition, selectionSet: selectionSet(selections) };
}

/** Return an argument, or a field of an input object (`kind` says which), with a value to begin with. */
export function makeArgument(kind, { name, type }, known) {
  return { kind, name: nameOf(name), value: firstValue(type, name, known) };
}

/** Return a field or a fragment with other selections; null where none are left, since then nothing is asked of it. */
export function withSelections(node, selections) {
  return selections.length > 0 ? { ...node, selectionSet: selectionSet(selections) } : null;
}

/** Return a list with `node` in place of `old`, at its end where there was none, without it where `node` is null. */
export function replaced(list, old, node) {
  if (!old) {
    return node ? [...list, node] : list;
  }
  return list.flatMap((each) => (each === old ? (node ?? []) : each));
}

/** Return the fragments that are spread among selections, as far as the document has them. */
export function spreadIn(selections, fragments) {
  const names = selections.filter(({ kind }) => kind === "FragmentSpread").map(({ name }) => name.value);
  return fragments.filter(({ name }) => names.includes(name.value));
}

// Something to ask of a type, so that the operation is valid: a telling leaf, or that of the objects in a list's page.
function firstSelections(type, known) {
  const { getNamedType, isCompositeType, isLeafType, isObjectType, isInterfaceType } = GraphiQL.GraphQL;
  const named = getNamedType(type);
  if (!isCompositeType(named)) {
    return [];
  }
  const fields = isObjectType(named) || isInterfaceType(named) ? named.getFields() : {};
  if (fields.nodes) {
    return [makeField(fields.nodes, known)];
  }
  const leaves = Object.values(fields).filter((each) => isLeafType(getNamedType(each.type)) && each.args.length === 0);
  const name = TELLING.find((wanted) => leaves.some((each) => each.name === wanted)) ?? leaves[0]?.name ?? "__typename";
  return [{ kind: "Field", name: nameOf(name) }];
}

function firstValue(type, name, known) {
  const { getNullableType, isEnumType, isInputObjectType, isListType, isRequiredInputField } = GraphiQL.GraphQL;
  const nullable = getNullableType(type);
  if (name in known) {
    return valueOf(known[name]);
  }
  if (isListType(nullable)) {
    return { kind: "ListValue", values: [] };
  }
  if (isEnumType(nullable)) {
    return { kind: "EnumValue", value: nullable.getValues()[0].name };
  }
  if (isInputObjectType(nullable)) {
    const needed = Object.values(nullable.getFields()).filter(isRequiredInputField);
    return { kind: "ObjectValue", fields: needed.map((each) => makeArgument("ObjectField", each, known)) };
  }
  const firsts = { Int: { kind: "IntValue", value: PAGE }, Float: { kind: "FloatValue", value: "0" } };
  return firsts[nullable.name] ?? (nullable.name === "Boolean" ? { kind: "BooleanValue", value: true } : valueOf(""));
}

function valueOf(given) {
  return Array.isArray(given)
    ? { kind: "ListValue", values: given.map(valueOf) }
    : { kind: "StringValue", value: given };
}

function selectionSet(selections) {
  return { kind: "SelectionSet", selections };
}

function nameOf(value) {
  return { kind: "Name", value };
}
