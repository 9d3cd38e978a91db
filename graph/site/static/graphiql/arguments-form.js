// The arguments of a field in the explorer, each with an input of its type.
import { makeArgument, replaced } from "./selecting.js";

const { createElement: element, useState } = React;

/** The arguments of a field that is asked for; `put` takes the field with others. */
export function Arguments({ field, node, put, known }) {
  const edit = (nodes) => put({ ...node, arguments: nodes });
  return element(Values, { kind: "Argument", inputs: field.args, nodes: node.arguments ?? [], edit, known });
}

// Arguments, or the fields of an input object: both have a name, a type and a value.
function Values({ kind, inputs, nodes, edit, known }) {
  return element(
    "ul",
    { className: "inputs" },
    inputs.map((input) => {
      const node = nodes.find((each) => each.name.value === input.name);
      const put = (changed) => edit(replaced(nodes, node, changed));
      return element(Value, { key: input.name, kind, input, node, put, known });
    }),
  );
}

function Value({ kind, input, node, put, known }) {
  const tick = () => put(node ? null : makeArgument(kind, input, known));
  const { isRequiredArgument } = GraphiQL.GraphQL;
  return element(
    "li",
    null,
    element(
      "div",
      { className: "row", title: input.description },
      element(
        "label",
        null,
        element("input", { type: "checkbox", checked: Boolean(node), onChange: tick }),
        element("code", null, `${input.name}:`),
      ),
      node ? element(Input, { input, node, put }) : element("small", null, String(input.type)),
      isRequiredArgument(input) && !node && element("small", { className: "note" }, "required"),
    ),
    node && fieldsIn(input, node, put, known),
  );
}

// The fields of an input object that is written out.
function fieldsIn(input, node, put, known) {
  const { getNullableType, isInputObjectType } = GraphiQL.GraphQL;
  const type = getNullableType(input.type);
  if (!isInputObjectType(type) || node.value.kind !== "ObjectValue") {
    return null;
  }
  const inputs = Object.values(type.getFields());
  const edit = (fields) => put({ ...node, value: { ...node.value, fields } });
  return element(Values, { kind: "ObjectField", inputs, nodes: node.value.fields, edit, known });
}

function Input({ input, node, put }) {
  const { getNullableType, print } = GraphiQL.GraphQL;
  const { kind, value } = node.value;
  const label = `Value of ${input.name}`;
  const write = (changed) => put({ ...node, value: changed });
  switch (kind) {
    case "ObjectValue":
      return null;
    case "BooleanValue": {
      const read = (chosen) => ({ kind, value: chosen === "true" });
      return element(Choice, { label, chosen: String(value), choices: ["true", "false"], read, write });
    }
    case "EnumValue": {
      const choices = namesIn(getNullableType(input.type));
      return element(Choice, { label, chosen: value, choices, read: (chosen) => ({ kind, value: chosen }), write });
    }
    case "StringValue":
      return element(TextValue, { label, text: value, read: (text) => ({ kind, value: text }), write });
    default:
      // Numbers, lists, variables: as GraphQL writes them.
      return element(TextValue, { label, text: print(node.value), read: readValue, write });
  }
}

// A single value may stand for a list of them.
function namesIn(type) {
  const values = GraphiQL.GraphQL.getNamedType(type).getValues();
  return values.map(({ name }) => name);
}

function Choice({ label, chosen, choices, read, write }) {
  const options = choices.map((each) => element("option", { key: each }, each));
  const choose = (event) => write(read(event.target.value));
  return element("select", { "aria-label": label, value: chosen, onChange: choose }, options);
}

// What is typed is taken as soon as it can be read, and until then it stays as it is.
function TextValue({ label, text, read, write }) {
  const [draft, keep] = useState(null);
  const type = (event) => {
    const value = read(event.target.value);
    keep(event.target.value);
    if (value) {
      write(value);
    }
  };
  const isWrong = draft !== null && !read(draft);
  return element("input", {
    "aria-label": label,
    "aria-invalid": isWrong,
    value: draft ?? text,
    onChange: type,
    onBlur: () => isWrong || keep(null),
    spellCheck: false,
  });
}

function readValue(text) {
  try {
    return GraphiQL.GraphQL.parseValue(text, { noLocation: true });
  } catch {
    return null;
  }
}
