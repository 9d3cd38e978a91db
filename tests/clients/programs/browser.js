// `fetch` as a page of http://localhost:3000 has it (Fetch, "CORS protocol"), and a record of what it sent.
import { writeFileSync } from "node:fs";
import { register } from "node:module";

register("./bundler.js", import.meta.url);

const ORIGIN = "http://localhost:3000";
const SAFE_HEADERS = ["accept", "accept-language", "content-language", "content-type", "range"];
const SAFE_TYPES = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];
const SAFE_METHODS = ["GET", "HEAD", "POST"];
const ALWAYS_SHOWN = ["cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"];

const fetchAnything = globalThis.fetch;
const sent = [];
process.on("exit", () => writeFileSync("sent.json", JSON.stringify(sent)));
// What a browser's pages have, and Node doesn't.
globalThis.self = globalThis;

const words = (answer, name) => (answer.headers.get(name) ?? "").toLowerCase().split(",").map((word) => word.trim());

function isSafe([name, value]) {
  if (!SAFE_HEADERS.includes(name) || value.length > 128) return false;
  if (name === "content-type") return SAFE_TYPES.includes(value.split(";")[0].trim().toLowerCase());
  return !/[^\x20-\x7e\t]|["():<>?@[\\\]{}]/.test(value);
}

function requireOrigin(answer) {
  if (!["*", ORIGIN].includes(answer.headers.get("access-control-allow-origin"))) {
    throw new TypeError("Failed to fetch: no access-control-allow-origin for this page");
  }
}

async function preflight(request, names) {
  const headers = { origin: ORIGIN, "access-control-request-method": request.method };
  if (names.length) headers["access-control-request-headers"] = names.join(",");
  const answer = await fetchAnything(request.url, { method: "OPTIONS", headers });
  requireOrigin(answer);
  const methods = words(answer, "access-control-allow-methods").concat(SAFE_METHODS.map((each) => each.toLowerCase()));
  const refused = names.filter((name) => !words(answer, "access-control-allow-headers").includes(name));
  if (!answer.ok || refused.length || !methods.includes(request.method.toLowerCase())) {
    throw new TypeError(`Failed to fetch: the preflight answers ${answer.status}, without ${refused}`);
  }
}

globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  const names = [...request.headers].filter((header) => !isSafe(header)).map(([name]) => name).sort();
  const entry = {
    method: request.method,
    url: request.url,
    headers: Object.fromEntries(request.headers),
    body: await request.clone().text(),
    asked: names,
  };
  sent.push(entry);
  if (names.length || !SAFE_METHODS.includes(request.method)) await preflight(request, names);
  request.headers.set("origin", ORIGIN);
  const answer = await fetchAnything(request);
  requireOrigin(answer);
  entry.status = answer.status;
  const shown = [...ALWAYS_SHOWN, ...words(answer, "access-control-expose-headers")];
  const headers = [...answer.headers].filter(([name]) => shown.includes(name));
  return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers });
};
