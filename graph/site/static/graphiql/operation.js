// The operation that stands in the editors, for panels that do something with it.

const OPENING_COMMENTS = /^(?:#.*\n\s*)+/;

/** Return the operation of the open tab, as `readOperation` has it; the component is drawn anew with each change. */
export function useOperation() {
  const { useEditorContext, useOperationsEditorState, useVariablesEditorState } = GraphiQL.React;
  const { tabs, activeTabIndex } = useEditorContext();
  const [query] = useOperationsEditorState();
  const [variables] = useVariablesEditorState();
  const name = tabs[activeTabIndex]?.operationName;
  return React.useMemo(() => readOperation(query, variables, name), [query, variables, name]);
}

/** Return an operation's `query` without the document's other ones, its `kind` and `variables`; or a `problem`.
 *
 * Of several operations it is the one with that name, or the first. Without variables there is no such member. What is
 * said in comments above the operation is left out.
 */
export function readOperation(text, variablesText = "", name = "") {
  let document;
  try {
    document = GraphiQL.GraphQL.parse(text);
  } catch (error) {
    return { problem: text.trim() ? `The operation can't be read: ${error.message}` : "There is no operation yet." };
  }
  const operations = document.definitions.filter(({ kind }) => kind === "OperationDefinition");
  const chosen = operations.find((each) => each.name?.value === name) ?? operations[0];
  if (!chosen) {
    return { problem: "There is no operation yet." };
  }
  const variables = readVariables(variablesText);
  if (variables === undefined) {
    return { problem: "The variables aren't a JSON object." };
  }
  return {
    query: operations.length === 1 ? text.trim().replace(OPENING_COMMENTS, "") : alone(document, chosen),
    kind: chosen.operation,
    ...(Object.keys(variables).length > 0 && { variables }),
  };
}

function alone(document, { name }) {
  const { print, separateOperations } = GraphiQL.GraphQL;
  return print(separateOperations(document)[name?.value ?? ""]);
}

function readVariables(text) {
  try {
    const read = text.trim() ? JSON.parse(text) : {};
    return typeof read === "object" && read !== null && !Array.isArray(read) ? read : undefined;
  } catch {
    return undefined;
  }
}
