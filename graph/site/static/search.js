// The search in the bar of every page, and the page of all results.

const INDEX = "/docs/search.json";
// Results below the bar, and on their own page.
const FEW = 8, MANY = 40;

// Comes once, when it is first needed; after a failure it is asked for again.
let coming;
function finder() {
  coming ??= fetch(INDEX).then((answer) => {
    if (!answer.ok) throw new Error(`${INDEX} answered ${answer.status}`);
    return answer.json();
  }).then((index) => new Finder(index)).catch((error) => { coming = undefined; throw error; });
  return coming;
}

function make(name, words, attributes = {}) {
  const element = document.createElement(name);
  element.append(words);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

// A result's title, where it stands, and its excerpt with the words marked.
function contentOf(result) {
  const content = document.createDocumentFragment();
  const way = [result.group, result.page].filter(Boolean).join(" / ");
  const excerpt = make("small", "");
  for (const [text, isMarked] of result.parts) excerpt.append(isMarked ? make("mark", text) : text);
  content.append(make("b", result.title), make("small", way, { class: "place" }), excerpt);
  return content;
}

const counted = (count, most) => count === 0 ? "Nothing found" : count === 1 ? "1 result"
  : `${count}${count === most ? " or more" : ""} results`;

class SearchBox {
  constructor(form) {
    this.form = form;
    this.input = form.querySelector("input");
    this.list = form.querySelector("[role=listbox]");
    this.status = form.querySelector("[role=status]");
    this.current = -1;
    this.input.addEventListener("focus", () => finder().catch(() => {}));
    this.input.addEventListener("input", () => this.show());
    this.input.addEventListener("keydown", (event) => this.press(event));
    form.addEventListener("submit", (event) => { if (!this.input.value.trim()) event.preventDefault(); });
    // What is clicked has the focus only when the click has ended.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.input.addEventListener("blur", () => this.close());
  }

  async show() {
    const question = this.input.value;
    let results;
    try {
      results = (await finder()).find(question, FEW);
    } catch {
      this.status.textContent = "Search can't be reached";
      return;
    }
    // Meanwhile something else was typed, or the box was left.
    if (question !== this.input.value || document.activeElement !== this.input) return;
    if (!question.trim()) { this.close(); return; }
    this.list.replaceChildren(...results.map((result, number) => {
      const option = make("li", contentOf(result), { role: "option", id: `found-${number}`, "aria-selected": "false" });
      option.dataset.address = result.address;
      option.addEventListener("click", () => this.open(result.address));
      return option;
    }));
    if (!results.length) this.list.append(make("li", "Nothing found. Try other words.", { role: "option", "aria-disabled": "true" }));
    this.status.textContent = counted(results.length, FEW);
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.mark(-1);
  }

  mark(number) {
    const options = this.list.querySelectorAll("[id]");
    this.current = number;
    options.forEach((option, each) => option.setAttribute("aria-selected", String(each === number)));
    if (number < 0) this.input.removeAttribute("aria-activedescendant");
    else {
      this.input.setAttribute("aria-activedescendant", options[number].id);
      options[number].scrollIntoView({ block: "nearest" });
    }
  }

  press(event) {
    const count = this.list.hidden ? 0 : this.list.querySelectorAll("[id]").length;
    if (event.key === "Escape") {
      event.preventDefault();
      if (this.list.hidden) { this.input.value = ""; this.input.blur(); }
      this.close();
    } else if (count && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      // -1 is the box itself.
      this.mark((this.current + 1 + step + count + 1) % (count + 1) - 1);
    } else if (count && event.key === "Enter" && this.current >= 0) {
      event.preventDefault();
      this.open(this.list.querySelectorAll("[id]")[this.current].dataset.address);
    }
  }

  open(address) {
    this.close();
    this.input.blur();
    location.assign(address);
  }

  close() {
    this.list.hidden = true;
    this.status.textContent = "";
    this.input.setAttribute("aria-expanded", "false");
    this.mark(-1);
  }
}

async function fillPage(page) {
  const question = new URLSearchParams(location.search).get("q")?.trim() ?? "";
  if (!question) return;
  document.querySelectorAll("[name=q]").forEach((input) => { input.value = question; });
  const said = page.querySelector("[role=status]");
  try {
    const results = (await finder()).find(question, MANY);
    said.textContent = `${counted(results.length, MANY)} for “${question}”`;
    page.querySelector("ol").replaceChildren(...results.map((result) => {
      const link = make("a", contentOf(result), { href: result.address });
      return make("li", link);
    }));
  } catch {
    said.textContent = "Search can't be reached. Reload the page to try again.";
  }
}

// The scripts of a page share their names.
function startSearch() {
  const form = document.querySelector("#search form");
  if (form) {
    const box = new SearchBox(form);
    addEventListener("keydown", (event) => {
      const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
      const isCalled = (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey)
        || (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey);
      if (!isCalled) return;
      event.preventDefault();
      box.input.focus();
      box.input.select();
    });
  }
  const results = document.getElementById("results");
  if (results) fillPage(results);
}

startSearch();
