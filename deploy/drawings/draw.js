// Draws a text in a page that has Mermaid, and leaves only what the site's style sheet doesn't say by itself: places,
// sizes and words. A thousandth of a pixel is no use to anybody, so coordinates are rounded to a tenth.
async ({ name, text }) => {
  const classes = new Set(["background", "cluster", "edgeLabel", "edge-pattern-dotted", "flowchart-link", "marker", "node"]);
  const attributes = new Set(["class", "cx", "cy", "d", "dx", "dy", "font-weight", "height", "marker-end", "marker-start", "markerHeight",
    "markerUnits", "markerWidth", "orient", "points", "r", "refX", "refY", "rx", "ry", "text-anchor", "transform", "viewBox",
    "width", "x", "x1", "x2", "y", "y1", "y2"]);
  const shapes = "path, rect, polygon, circle, line";

  mermaid.initialize({
    startOnLoad: false,
    securityLevel: "strict",
    htmlLabels: false,
    fontFamily: "system-ui, sans-serif",
    themeVariables: { fontSize: "15px" },
    flowchart: {
      htmlLabels: false, curve: "rounded", nodeSpacing: 28, rankSpacing: 34, padding: 10, wrappingWidth: 320,
      subGraphTitleMargin: { top: 4, bottom: 12 },
    },
  });
  const { svg } = await mermaid.render(name, text);
  const drawn = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  const all = (selector) => [...drawn.querySelectorAll(selector)];

  // Each word has an element of its own.
  for (const row of all(".text-outer-tspan")) {
    const isBold = row.querySelector("[font-weight=bold]") !== null;
    row.textContent = row.textContent.trim();
    if (isBold) row.setAttribute("font-weight", "bold");
  }
  const called = new Set(all("[marker-end], [marker-start]").flatMap((each) =>
    ["marker-end", "marker-start"].map((end) => each.getAttribute(end)?.slice(5, -1))));
  for (const marker of all("marker")) if (!called.has(marker.id)) marker.remove();
  for (const each of all("style, defs, rect.background:not([width])")) each.remove();
  for (const each of all("g")) if (!each.textContent.trim() && !each.querySelector(shapes)) each.remove();

  function shorten(attribute, value) {
    if (attribute === "class") return value.split(" ").filter((each) => classes.has(each)).join(" ");
    return value.replace(/-?\d+\.\d+(e-?\d+)?/g, (number) => String(Math.round(number * 10) / 10));
  }
  for (const each of [drawn, ...all("*")]) {
    for (const { name: attribute, value } of [...each.attributes]) {
      if (attribute.startsWith("xmlns") || (attribute === "id" && each.matches("marker"))) continue;
      const short = attributes.has(attribute) ? shorten(attribute, value) : "";
      if (short) each.setAttribute(attribute, short);
      else each.removeAttribute(attribute);
    }
  }
  const [, , width, height] = drawn.getAttribute("viewBox").split(" ");
  drawn.setAttribute("width", Math.ceil(width));
  drawn.setAttribute("height", Math.ceil(height));
  drawn.setAttribute("role", "img");
  return drawn.outerHTML.replace(/><(?=\/?(g|marker|title|desc)\b)/g, ">\n<");
}
