// The lists of all names in the reference, narrowed while somebody types.

const form = document.querySelector(".narrow");

// A section without any name left has nothing to show, and so has its heading.
function narrow(wanted, status) {
  let count = 0;
  for (const list of document.querySelectorAll(".names")) {
    let left = 0;
    for (const item of list.children) {
      item.hidden = !item.querySelector("code").textContent.toLowerCase().includes(wanted);
      left += item.hidden ? 0 : 1;
    }
    list.hidden = left === 0;
    list.previousElementSibling.hidden = left === 0;
    count += left;
  }
  status.textContent = wanted ? `${count} found` : "";
}

if (form) {
  const input = form.querySelector("input");
  const status = form.querySelector("output");
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  input.addEventListener("input", () => narrow(input.value.trim().toLowerCase(), status));
}
