// Why there is no answer, in words: what happened, and what to do next.

const JSON_TYPES = /^application\/(graphql-response\+)?json\b/;

/** Say why no reply came at all. */
export function failureWithoutReply() {
  if (!navigator.onLine) {
    return failure("This computer is offline.", "Run it again once it is connected.");
  }
  return failure(
    `The server at ${location.host} doesn't answer.`,
    "It was stopped, or the connection to it was cut. Run it again once it is up; if it is, reload this page.",
  );
}

/** Return the `answer` in a reply of the API, or the `failure` that says why it has none. `text` is the reply's body. */
export function answerIn(reply, text) {
  const answer = JSON_TYPES.test(reply.headers.get("content-type") ?? "") ? parseAnswer(text) : null;
  return answer ? { answer } : { failure: failureOf(reply, text) };
}

function failureOf(reply, text) {
  if (reply.type === "opaqueredirect") {
    const next = "A login before it has probably ended: reload this page, which shows it.";
    return failure("The server, or a proxy before it, sent this request to another address.", next);
  }
  const what = `The reply is no answer of the API: status ${reply.status}, ${kindOf(reply)}.`;
  return failure(what, `${meaningOf(reply)} It begins with:`, text.trim().slice(0, 300));
}

function failure(message, next, excerpt = "") {
  return { message, next, excerpt };
}

function parseAnswer(text) {
  try {
    const answer = JSON.parse(text);
    return "data" in answer || Array.isArray(answer.errors) ? answer : null;
  } catch {
    return null;
  }
}

function kindOf(reply) {
  return reply.headers.get("content-type")?.split(";")[0] ?? "of no stated type";
}

// Proxies say by the status alone what is wrong.
function meaningOf({ status, headers }) {
  const wait = Number(headers.get("retry-after")) * 1000;
  switch (status) {
    case 401:
    case 403:
      return "A proxy before the server refused it: ask who runs that for access.";
    case 413:
      return "The request is larger than a proxy before the server lets through: send less in its variables.";
    case 429:
      return `A proxy before the server has seen too many requests: wait ${wait ? secondsIn(wait) : "a while"}.`;
    case 502:
    case 503:
    case 504:
      return "A proxy can't reach the server, or got no answer in time: try again in a moment.";
    default:
      return "Something between this page and the server wrote it.";
  }
}

/** Say what to do about an error of the API, where this page knows more than its message says; "" otherwise.
 *
 * `roles` are those that the page can be given a token for.
 */
export function adviceOn({ extensions = {} }, roles) {
  const { code, reason, status, requiredRoles, retryAfterMs } = extensions;
  const another = roles.length > 0 ? "choose a role above" : "paste another token above";
  if (code === "UNAUTHENTICATED") {
    return reason === "EXPIRED" ? `The token has expired: ${another}.` : `This token isn't taken: ${another}.`;
  }
  if (requiredRoles) {
    const wanted = new Intl.ListFormat("en", { type: "disjunction" }).format(new Set(requiredRoles));
    return roles.length > 0 ? `Choose the role ${wanted} above.` : `Paste a token with the role ${wanted} above.`;
  }
  if (retryAfterMs) {
    return `Run it again in ${secondsIn(retryAfterMs)}.`;
  }
  return status === 413 ? "Send less in the variables, or in several requests." : "";
}

function secondsIn(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1000);
  return `${seconds} ${seconds === 1 ? "second" : "seconds"}`;
}
