// A panel with the operation as code for the usual clients, to be copied.
import { FORMS } from "./client-code.js";
import { copyText } from "./clipboard.js";
import { drawIcon } from "./icons.js";
import { useOperation } from "./operation.js";
import { credentials } from "./tokens.js";

const { createElement: element, useState } = React;

export const CLIENT_CODE = { title: "Client code", icon: Icon, content: ClientCode };

function ClientCode() {
  const [name, choose] = useState(FORMS[0].name);
  const operation = useOperation();
  return element(
    "section",
    { className: "panel", "aria-label": CLIENT_CODE.title },
    element("h2", null, CLIENT_CODE.title),
    element("p", null, "This tab's operation with its variables, for the program you write."),
    element(
      "div",
      { className: "choices", role: "group", "aria-label": "Client" },
      FORMS.map((form) => element(Choice, { key: form.name, name: form.name, isChosen: form.name === name, choose })),
    ),
    element(Code, { form: FORMS.find((form) => form.name === name), operation }),
  );
}

function Choice({ name, isChosen, choose }) {
  return element("button", { type: "button", "aria-pressed": isChosen, onClick: () => choose(name) }, name);
}

function Code({ form, operation }) {
  if (operation.problem) {
    return element("p", { className: "hint" }, operation.problem);
  }
  if (operation.kind === "subscription" && !form.listens) {
    const link = element("a", { href: "/docs/subscriptions", target: "_blank", rel: "noopener" }, "Subscriptions");
    return element("p", { className: "hint" }, link, " says how to listen with this client.");
  }
  const needsToken = "authorization" in credentials();
  const text = form.write({ url: `${location.origin}/graphql`, needsToken, ...operation });
  return element(
    React.Fragment,
    null,
    element("div", { className: "actions" }, element(CopyButton, { text }), needsToken && element(TokenHint, { text })),
    element("pre", { tabIndex: 0, "aria-label": `Code for ${form.name}` }, element("code", null, text)),
  );
}

function TokenHint({ text }) {
  const place = text.includes("YOUR_TOKEN") ? "YOUR_TOKEN" : "TOKEN";
  return element("span", { className: "hint" }, "Your token isn't in it: set ", element("code", null, place), ".");
}

function CopyButton({ text }) {
  const [copied, note] = useState(null);
  const copy = async () => note((await copyText(text)) && text);
  const label = copied === text ? "Copied" : copied === false ? "Select it, and copy it by hand" : "Copy";
  return element("button", { type: "button", className: "main", onClick: copy, "aria-live": "polite" }, label);
}

function Icon() {
  return drawIcon("M8 7l-5 5 5 5M16 7l5 5-5 5M13.5 5l-3 14");
}
