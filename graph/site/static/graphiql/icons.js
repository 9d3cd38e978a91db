// How the icons of our panels are drawn.

const STROKE = { fill: "none", stroke: "currentColor", strokeWidth: 1.5, strokeLinecap: "round", strokeLinejoin: "round" };

/** Return an icon by its path, in a square of 24. */
export function drawIcon(path) {
  const { createElement: element } = React;
  return element("svg", { viewBox: "0 0 24 24", "aria-hidden": true, ...STROKE }, element("path", { d: path }));
}
