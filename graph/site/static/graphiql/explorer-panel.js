// A panel to click an operation together: the fields that the viewer may ask for, with their arguments.
import { Arguments } from "./arguments-form.js";
import { describeDirectory } from "./directory.js";
import { ask } from "./fetcher.js";
import { drawIcon } from "./icons.js";
import {
  emptyOperation,
  makeField,
  makeFragment,
  replaced,
  replaceOperation,
  spreadIn,
  withSelections,
} from "./selecting.js";

const { createContext, createElement: element, useContext, useEffect, useMemo, useState } = React;

export const EXPLORER = { title: "Explorer", icon: Icon, content: Explorer };

const KINDS = ["query", "mutation", "subscription"];

// What all rows need: values `known` of the directory, what is `sought`, and the document's `fragments`.
const Around = createContext({ known: {}, sought: "", fragments: [] });

function Explorer() {
  const { useEditorContext, useOperationsEditorState, useOptimisticState, useSchemaStore } = GraphiQL.React;
  const { tabs, activeTabIndex } = useEditorContext();
  const { schema } = useSchemaStore();
  const [text, write] = useOptimisticState(useOperationsEditorState());
  const [kind, chooseKind] = useState("query");
  const [sought, seek] = useState("");
  const known = useKnown();
  const name = tabs[activeTabIndex]?.operationName;
  const { operation, fragments, problem } = useMemo(() => read(text, name, kind), [text, name, kind]);
  const type = operation && schema?.getRootType(operation.operation);
  const edit = (selections) => write(replaceOperation(text, operation, { ...operation, ...withSet(selections) }));
  return element(
    "section",
    { className: "panel explorer", "aria-label": EXPLORER.title },
    element("h2", null, EXPLORER.title),
    element("p", null, "Tick what you want to know; the operation is written for you."),
    element(
      "div",
      { className: "actions" },
      operation?.loc || problem
        ? element("b", null, operation ? `${operation.operation} ${operation.name?.value ?? ""}` : "")
        : element(KindChoice, { schema, kind, chooseKind }),
      element("input", {
        type: "search",
        placeholder: "Find a field",
        "aria-label": "Find a field",
        value: sought,
        onChange: (event) => seek(event.target.value),
      }),
    ),
    problem && element("p", { role: "alert", className: "hint" }, problem),
    !schema && element("p", { className: "hint", role: "status" }, "There is no schema: it may need a token."),
    type &&
      element(
        Around.Provider,
        { value: { known, sought: sought.toLowerCase(), fragments } },
        element(Fields, { type, selections: operation.selectionSet.selections, edit }),
      ),
  );
}

function KindChoice({ schema, kind, chooseKind }) {
  const there = KINDS.filter((each) => schema?.getRootType(each));
  const options = there.map((each) => element("option", { key: each }, each));
  return element(
    "select",
    { "aria-label": "Kind of operation", value: kind, onChange: (event) => chooseKind(event.target.value) },
    options,
  );
}

// Values of the directory by the names of arguments.
function useKnown() {
  const [known, keep] = useState({});
  useEffect(() => {
    describeDirectory(ask).then(({ npis, location, postalCode }) => {
      keep({ npi: npis[0], npis, postalCode, ids: [location] });
    });
  }, []);
  return known;
}

function read(text, name, kind) {
  if (!text.replace(/#.*/g, "").trim()) {
    return { operation: emptyOperation(kind), fragments: [] };
  }
  try {
    const { definitions } = GraphiQL.GraphQL.parse(text);
    const operations = definitions.filter((each) => each.kind === "OperationDefinition");
    const operation = operations.find((each) => each.name?.value === name) ?? operations[0];
    const fragments = definitions.filter((each) => each.kind === "FragmentDefinition");
    return operation ? { operation, fragments } : { fragments, problem: "There is no operation yet." };
  } catch (error) {
    return { fragments: [], problem: `The operation can't be read: ${error.message}` };
  }
}

function withSet(selections) {
  return { selectionSet: { kind: "SelectionSet", selections } };
}

// The fields of a type, and the object types that it may be, with what is selected of them.
function Fields({ type, selections, edit }) {
  const { sought, fragments } = useContext(Around);
  const { isAbstractType, isUnionType } = GraphiQL.GraphQL;
  const { schema } = GraphiQL.React.useSchemaStore();
  const fields = isUnionType(type) ? [] : Object.values(type.getFields());
  const nodeOf = ({ name }) => selections.find((each) => isField(each, name));
  const spread = spreadIn(selections, fragments);
  const inFragment = ({ name }) => spread.find((each) => each.selectionSet.selections.some((one) => isField(one, name)));
  const isShown = (field) => nodeOf(field) || field.name.toLowerCase().includes(sought);
  const objects = isAbstractType(type) ? schema.getPossibleTypes(type) : [];
  const fragmentOn = ({ name }) =>
    selections.find((each) => each.kind === "InlineFragment" && each.typeCondition?.name.value === name);
  const put = (old) => (node) => edit(replaced(selections, old, node));
  return element(
    "ul",
    null,
    fields.filter(isShown).map((field) => {
      const node = nodeOf(field);
      return element(Field, { key: field.name, field, node, put: put(node), fragment: inFragment(field) });
    }),
    objects.map((object) => {
      const node = fragmentOn(object);
      return element(ObjectType, { key: object.name, type: object, node, put: put(node) });
    }),
  );
}

function isField(node, name) {
  return node.kind === "Field" && node.name.value === name;
}

function Field({ field, node, put, fragment }) {
  const { known } = useContext(Around);
  const { getNamedType, isCompositeType } = GraphiQL.GraphQL;
  const type = getNamedType(field.type);
  const edit = (selections) => put(node ? withSelections(node, selections) : makeField(field, known, selections));
  const note = fragment && `in the fragment ${fragment.name.value}`;
  return element(Row, {
    name: field.name,
    about: field.description,
    type: String(field.type),
    note: field.deprecationReason ? "deprecated" : note,
    isTicked: Boolean(node),
    tick: () => put(node ? null : makeField(field, known)),
    form: node && field.args.length > 0 && element(Arguments, { field, node, put, known }),
    inside: isCompositeType(type) && (() => element(Fields, { type, selections: selectionsOf(node), edit })),
  });
}

function ObjectType({ type, node, put }) {
  const { known } = useContext(Around);
  const edit = (selections) => put(node ? withSelections(node, selections) : makeFragment(type, known, selections));
  return element(Row, {
    name: `... on ${type.name}`,
    about: type.description,
    isTicked: Boolean(node),
    tick: () => put(node ? null : makeFragment(type, known)),
    inside: () => element(Fields, { type, selections: selectionsOf(node), edit }),
  });
}

function selectionsOf(node) {
  return node?.selectionSet?.selections ?? [];
}

// A row that can be ticked, and opened where there is something in it; what is ticked is open, unless one closes it.
function Row({ name, about, type, note, isTicked, tick, form, inside }) {
  const [isOpen, open] = useState(null);
  const shows = inside && (isOpen ?? isTicked);
  const label = { "aria-expanded": Boolean(shows), "aria-label": `Fields of ${name}` };
  const toggle = { type: "button", className: "toggle", onClick: () => open(!shows), ...label };
  const box = element("input", { type: "checkbox", checked: isTicked, onChange: tick });
  return element(
    "li",
    null,
    element(
      "div",
      { className: "row", title: about },
      inside ? element("button", toggle, "▸") : element("span", { className: "toggle" }),
      element("label", null, box, element("code", null, name)),
      element("small", null, type),
      note && element("small", { className: "note" }, note),
    ),
    form,
    shows && inside(),
  );
}

function Icon() {
  return drawIcon("M4 5l1.5 1.5L8 4M4 12l1.5 1.5L8 11M4 19l1.5 1.5L8 18M12 5h8M12 12h8M12 19h8");
}
