// Who asks: the role that is chosen in the bar above GraphiQL, or a token of one's own.
import { roleOf } from "./examples.js";

// What this browser tab remembers; closing it forgets.
const ROLE = "ariesone.role";
const TOKEN = "ariesone.token";
// Whether a person has said who to be; until then each example says it.
const CHOSEN = "ariesone.chosen";
// What stands in the list of roles for a token that was pasted.
const OWN = "own";

/** The roles that this server gives tokens for; none but in development. */
export const roles = document.documentElement.dataset.roles.split(" ").filter(Boolean);

const roleSelect = document.getElementById("role");
const tokenBox = document.getElementById("token");
const notice = document.getElementById("notice");

// What is told of another viewer.
let changed;
// The role that an example has brought last.
let brought;

/** Fill the bar; `whenChanged` is called for each other viewer, and for the first, who may do what `query` asks for. */
export async function startTokens(whenChanged, query) {
  changed = whenChanged;
  roles.forEach((role) => roleSelect.add(new Option(role, role)));
  document.getElementById("role-label").hidden = roles.length === 0;
  roleSelect.addEventListener("change", () => choose(() => takeRole(roleSelect.value)));
  tokenBox.addEventListener("change", () => choose(takeToken));
  const role = sessionStorage.getItem(ROLE) ?? roleOf(query) ?? "";
  if (roles.includes(role)) {
    // The token of a role is short-lived, so a page that is opened again asks for a new one.
    await takeRole(role);
  } else {
    use(role, sessionStorage.getItem(TOKEN) ?? "");
  }
}

/** Return the headers that say who asks. */
export function credentials() {
  const token = tokenBox.value.trim();
  return token ? { authorization: `Bearer ${token}` } : {};
}

/** An example that not everyone may run brings its role: a tab's text may change with every key. */
export function takeRoleOf(query) {
  const role = roleOf(query);
  if (roles.includes(role) && role !== brought && !sessionStorage.getItem(CHOSEN)) {
    brought = role;
    takeRole(role);
  }
}

/** Get a new token for the role that is chosen; return whether there is one. What is shown stays as it is. */
export async function renewToken() {
  const role = roleSelect.value;
  const token = roles.includes(role) ? await tokenFor(role) : "";
  if (token) {
    keep(role, token);
  }
  return Boolean(token);
}

async function takeRole(role) {
  const token = role ? await tokenFor(role) : "";
  use(token ? role : "", token);
}

async function tokenFor(role) {
  const response = await fetch(`/graphiql/tokens/${role}`, { method: "POST" });
  notice.textContent = response.ok ? "" : `No token for ${role}: ${response.status}`;
  return response.ok ? (await response.json()).token : "";
}

function takeToken() {
  const token = tokenBox.value.trim();
  use(token ? OWN : "", token);
}

function choose(take) {
  sessionStorage.setItem(CHOSEN, "yes");
  take();
}

function use(role, token) {
  keep(role, token);
  changed();
}

function keep(role, token) {
  roleSelect.value = role;
  tokenBox.value = token;
  sessionStorage.setItem(ROLE, role);
  sessionStorage.setItem(TOKEN, token);
}
