// What the pages do beyond being read: they copy code, and mark which section one is in.

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
