// What stands beneath the answer: how the reply came, what it cost, and what to do about its errors.
import { copyText } from "./clipboard.js";
import { adviceOn } from "./failures.js";
import { isUnderWay, useRun } from "./runs.js";
import { roles } from "./tokens.js";

const { createElement } = React;

/** A component with all that is known of the last run of the tab that is open; nothing before the first. */
export function Outcome() {
  const run = useRun();
  if (!run || isUnderWay(run)) {
    return null;
  }
  const errors = run.answer?.errors ?? [];
  return createElement(
    "section",
    { className: "outcome", "aria-label": "Outcome" },
    createElement("ul", { className: "facts", "aria-live": "polite" }, ...factsOf(run)),
    errors.length > 0 && createElement("ul", { className: "errors" }, ...errors.map(describeError)),
    run.failure && describeFailure(run.failure),
  );
}

function factsOf(run) {
  const facts = [statusOf(run), timeOf(run), sizeOf(run), costIn(run), bucketOf(run), cacheOf(run), traceOf(run)];
  return facts.filter(Boolean).map(([name, value, explanation, content = value]) =>
    createElement("li", { key: name, "data-fact": name, title: explanation }, content),
  );
}

function statusOf({ status, replied }) {
  if (!status) {
    return null;
  }
  const mark = createElement("span", { className: status < 400 ? "fine" : "bad" }, `HTTP ${status}`);
  return ["status", status, replied.get("content-type") ?? "", mark];
}

function timeOf({ milliseconds }) {
  if (milliseconds === undefined) {
    return null;
  }
  const value = milliseconds < 1000 ? `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
  return ["time", value, "From sending the request until the whole answer was here"];
}

function sizeOf({ bytes, replied }) {
  if (bytes === undefined) {
    return null;
  }
  const isCompressed = replied.has("content-encoding");
  const sent = Number(replied.get("content-length"));
  const value = isCompressed && sent ? `${sizeIn(bytes)}, ${sizeIn(sent)} on the way` : sizeIn(bytes);
  return ["size", value, isCompressed ? `Sent compressed: ${replied.get("content-encoding")}` : "Sent as it is"];
}

function sizeIn(bytes) {
  return bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(bytes < 10000 ? 1 : 0)} kB`;
}

function costIn({ cost }) {
  if (!cost) {
    return null;
  }
  const { requestedQueryCost, maximum } = cost;
  return ["cost", `cost ${requestedQueryCost}`, `The most that this operation could cost; an operation may cost ${maximum}`];
}

// Where there is a rate limit, each reply says how much is left of it.
function bucketOf({ replied }) {
  const [limit, left, seconds] = ["limit", "remaining", "reset"].map((each) => replied?.get(`ratelimit-${each}`));
  return limit ? ["bucket", `${left} of ${limit} left`, `Your rate limit; it is full again in ${seconds} seconds`] : null;
}

const CACHE = {
  HIT: "The server had this answer",
  STALE: "The server had this answer; it is being made anew",
  MISS: "The answer was made now, and is kept",
  BYPASS: "Such answers aren't kept",
};

function cacheOf({ replied }) {
  const outcome = replied?.get("x-cache");
  return outcome ? ["cache", `cache ${outcome}`, CACHE[outcome] ?? ""] : null;
}

function traceOf({ traceId, status }) {
  if (!traceId || !status) {
    return null;
  }
  const copy = () => copyText(traceId);
  const content = createElement("button", { type: "button", onClick: copy }, `trace ${traceId.slice(0, 8)}…`);
  return ["trace", traceId, `The server's log names the request by ${traceId}; press to copy it`, content];
}

function describeError(error, place) {
  const { message, path, extensions } = error;
  const advice = adviceOn(error, roles);
  return createElement(
    "li",
    { key: place },
    createElement("code", null, extensions?.code ?? "ERROR"),
    " ",
    createElement("span", null, message),
    " ",
    path && createElement("span", { className: "path" }, `at ${path.join(".")} `),
    advice && createElement("strong", { className: "advice" }, advice),
    " ",
    linkTo(extensions?.help),
  );
}

// A reply may come from anywhere, so only addresses of this server are made links.
function linkTo(help) {
  if (typeof help !== "string" || !/^\/(?!\/)/.test(help)) {
    return null;
  }
  return createElement("a", { href: help, target: "_blank", rel: "noopener" }, "What this means");
}

function describeFailure({ message, next, excerpt }) {
  return createElement(
    "div",
    { className: "failure", role: "alert" },
    createElement("strong", null, message),
    createElement("p", null, next),
    excerpt && createElement("pre", null, excerpt),
  );
}
