// GraphiQL's own parts, for what stands beside them: `inside.editor` has its editors and tabs, `inside.execution` runs
// and stops, `inside.panels` are its plugins, and `inside.schema` is what the viewer may ask for.

export const inside = {};

// Stands in GraphiQL and shows nothing.
export function Inside() {
  const { useEditorContext, useExecutionContext, usePluginStore, useSchemaStore } = GraphiQL.React;
  const parts = {
    editor: useEditorContext(),
    execution: useExecutionContext(),
    panels: usePluginStore(),
    schema: useSchemaStore(),
  };
  React.useLayoutEffect(() => {
    Object.assign(inside, parts);
    nameEditors(parts.editor);
  });
  React.useEffect(showOpenTab, [parts.editor.activeTabIndex, parts.editor.tabs.length]);
  return null;
}

// Of many tabs the one that is open may be out of sight.
function showOpenTab() {
  document.querySelector(".graphiql-tab-active")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

// Screen readers say what is typed into; GraphiQL leaves that out.
function nameEditors({ queryEditor, variableEditor, headerEditor, responseEditor }) {
  const names = { Operation: queryEditor, Variables: variableEditor, Headers: headerEditor, Answer: responseEditor };
  Object.entries(names).forEach(([name, editor]) => editor?.getInputField().setAttribute("aria-label", name));
}

/** Return the tab that is open, with its `id`, `query`, `variables`, `headers` and `operationName`. */
export function openTab() {
  return inside.editor?.tabs[inside.editor.activeTabIndex];
}

/** Show an operation in a tab of its own, or in the one that has it already. It isn't run, and has no headers. */
export function openInTab({ query, variables = "", operationName = "" }) {
  const { editor, execution } = inside;
  const there = editor.tabs.findIndex((tab) => tab.query === query && (tab.variables ?? "") === variables);
  execution.stop();
  ReactDOM.flushSync(() => (there < 0 ? editor.addTab() : editor.changeTab(there)));
  if (there < 0) {
    editor.queryEditor.setValue(query);
    editor.variableEditor.setValue(variables);
    editor.headerEditor?.setValue("");
  }
  if (operationName) {
    inside.editor.setOperationName(operationName);
  }
}
