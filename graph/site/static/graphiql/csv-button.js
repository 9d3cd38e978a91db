// A button beneath the answer that saves its list as a file.
import { findList, writeCsv } from "./csv.js";
import { useRun } from "./runs.js";

const { createElement: element, useState } = React;

/** Nothing before there is an answer; where it can't be saved, the button says why. */
export function SaveCsv() {
  const answer = useRun()?.answer;
  const [told, tell] = useState(null);
  if (!answer?.data) {
    return null;
  }
  const { why, name, rows } = findList(answer.data);
  const press = () => (why ? tell(answer) : download(`${name}.csv`, writeCsv(rows)));
  const title = why ?? `Save ${rows.length} rows of ${name}`;
  return element(
    "div",
    { className: "save" },
    element("button", { type: "button", className: why && "cannot", title, onClick: press }, "Save as CSV"),
    element("span", { role: "status" }, told === answer ? why : ""),
  );
}

function download(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href));
}
