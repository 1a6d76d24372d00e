// Find or do anything: Ctrl/⌘ K. Arrows choose, Enter opens; what is found comes from home.find.
import { on } from "./bind.js";

const dialog = document.getElementById("palette");
const input = document.getElementById("palette-q");
const found = document.getElementById("palette-found");
const options = () => [...found.querySelectorAll('[role="option"]:not([aria-disabled])')];

function open() {
  if (dialog.open) return input.select();
  dialog.showModal();
  input.select();
  ask();
}

// Opened before the page had come to life, it asks as soon as somebody listens.
function ask() {
  input.dispatchEvent(new CustomEvent("palette:open"));
}

function mark(option) {
  options().forEach((one) => one.setAttribute("aria-selected", String(one === option)));
  if (!option) return input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function walk(step) {
  const all = options();
  const now = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
  mark(all.at((now + step + all.length) % all.length));
}

if (dialog && input) {
  on("click", "[data-palette]", (event) => {
    if (event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    open();
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });
  input.addEventListener("htmx:after:init", () => dialog.open && ask());
  input.addEventListener("input", () => mark(null)); // what is shown is of the letters before: Enter must not open it
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (options().length) walk(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape") {
      event.preventDefault(); // a search box would only empty itself
      dialog.close();
    } else if (event.key === "Enter") {
      const chosen = found.querySelector('a[aria-selected="true"]');
      if (!chosen) return; // the form opens the page of all that is found
      event.preventDefault();
      chosen.click();
    }
  });
  found.addEventListener("htmx:after:swap", () => mark(options()[0]));
  document.addEventListener("htmx:after:swap", (event) => { if (event.detail.ctx.target === found) mark(options()[0]); });
}
