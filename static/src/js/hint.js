// The definition behind a "?" (data-hint), shown beside it; a press elsewhere or Escape closes.
import { on } from "./bind.js";

on("click", "[data-hint]", (event, button) => {
  event.preventDefault();
  event.stopPropagation();
  const hint = Object.assign(document.createElement("div"), { className: "hint", popover: "auto", textContent: button.dataset.hint });
  hint.setAttribute("role", "note");
  button.after(hint);
  hint.addEventListener("toggle", (change) => { if (change.newState === "closed") hint.remove(); });
  hint.showPopover();
  const from = button.getBoundingClientRect();
  const left = Math.min(Math.max(12, from.left - 12), innerWidth - hint.offsetWidth - 12);
  const below = from.bottom + 8;
  hint.style.left = `${left}px`;
  hint.style.top = `${below + hint.offsetHeight < innerHeight ? below : from.top - hint.offsetHeight - 8}px`;
});
