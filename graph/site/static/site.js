// What the pages do beyond being read: their code is for this server and can be copied, and the section that is read
// is marked.

// How long a button says that it has copied, in milliseconds.
const SAID = 1500;

// Of a session in a shell the commands are wanted, not what they print.
function textOf(code) {
  const copied = code.cloneNode(true);
  if (code.classList.contains("language-console")) {
    for (const each of copied.querySelectorAll(".gp, .go")) each.remove();
  }
  return copied.textContent.trimEnd() + "\n";
}

function addButton(block) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(textOf(block.querySelector("code")));
      button.textContent = "Copied";
    } catch {
      button.textContent = "Can't copy";
    }
    setTimeout(() => { button.textContent = "Copy"; }, SAID);
  });
  block.append(button);
}

// Code is written for a server on the port that `make serve` takes; here it names the server that shows the page.
const WRITTEN_FOR = /http:\/\/(127\.0\.0\.1|localhost):8000|\b(127\.0\.0\.1|localhost):8000/g;

function address(code) {
  const texts = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    text.data = text.data.replace(WRITTEN_FOR, (found) => (found.includes("//") ? location.origin : location.host));
  }
}

if (location.host !== "127.0.0.1:8000") document.querySelectorAll("code").forEach(address);

// Only a page that came over HTTPS, or from this machine, may write to the clipboard.
if (navigator.clipboard) document.querySelectorAll(".code").forEach(addButton);

const sections = document.getElementById("sections");
if (sections) {
  const links = [...sections.querySelectorAll("a")];
  const headings = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));

  // The last heading that isn't below where a link to it would put it, or at the end of the page its last.
  function mark() {
    const line = parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) + 24;
    const isAtEnd = scrollY > 0 && innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
    let current = isAtEnd ? links.length - 1 : -1;
    if (!isAtEnd) {
      headings.forEach((heading, number) => {
        if (heading && heading.getBoundingClientRect().top < line) current = number;
      });
    }
    links.forEach((link, number) => {
      if (number === current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  }

  let isWaiting = false;
  addEventListener("scroll", () => {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => { isWaiting = false; mark(); });
  }, { passive: true });
  mark();

  sections.addEventListener("click", (event) => {
    if (event.target.closest("a") && sections.matches(":popover-open")) sections.hidePopover();
  });
}

// The page that is shown is in sight in the list of all pages.
const navigation = document.getElementById("navigation");
const here = navigation?.querySelector("li a[aria-current]");
if (here && getComputedStyle(navigation).position === "sticky") {
  navigation.scrollTop = here.offsetTop - navigation.clientHeight / 2;
}
navigation?.addEventListener("toggle", (event) => {
  if (event.newState === "open") here?.scrollIntoView({ block: "center" });
});
