// The trace of each run: the server takes it from the header `traceparent` (W3C), and its log and errors name it.

/** Return a new trace's id, and the header that has it; it is to be recorded. */
export function newTrace() {
  const traceId = digits(16);
  return { traceId, traceparent: `00-${traceId}-${digits(8)}-01` };
}

function digits(bytes) {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (each) => each.toString(16).padStart(2, "0")).join("");
}
