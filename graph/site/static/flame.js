"use strict";
// A click on a box of the flame graph makes it as wide as the page; one on a box above it goes back.
const boxes = [...document.querySelectorAll("#flame > svg")].map((svg) => ({
  svg,
  left: parseFloat(svg.getAttribute("x")),
  width: parseFloat(svg.getAttribute("width")),
}));

function zoom(chosen) {
  const scale = 100 / chosen.width;
  for (const { svg, left, width } of boxes) {
    // What is above the chosen box begins before it and ends after it.
    const from = Math.max((left - chosen.left) * scale, 0);
    const to = Math.min((left + width - chosen.left) * scale, 100);
    svg.style.display = to - from > 0.05 ? "" : "none";
    svg.setAttribute("x", `${from}%`);
    svg.setAttribute("width", `${Math.max(to - from, 0)}%`);
  }
}

for (const box of boxes) {
  box.svg.addEventListener("click", () => zoom(box));
}
