// Lines that may be put in another order (data-sort): dragged by their link, or moved by Alt with an arrow key. Each line's
// own form does it, so that its arrows work without any of this.
import { bind, on } from "./bind.js";

const rows = (list) => [...list.children].filter((row) => row.dataset.sortRow !== undefined);

on("keydown", "[data-sort-row]", (event, row) => {
  if (!event.altKey || event.ctrlKey || event.metaKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  event.preventDefault();
  row.querySelector(event.key === "ArrowUp" ? "[data-sort-up]" : "[data-sort-down]")?.click();
});

/** Send a line to a position among the others. */
function send(row, position) {
  const to = row.querySelector("[data-sort-to]");
  to.disabled = false;
  to.value = position;
  to.form.requestSubmit();
}

bind("[data-sort]", (list) => {
  let held = null;
  const over = (event) => rows(list).find((row) => { const box = row.getBoundingClientRect(); return event.clientY < box.top + box.height / 2; }) ?? null;
  const clear = () => list.querySelectorAll("[data-sort-over]").forEach((row) => row.removeAttribute("data-sort-over"));
  list.addEventListener("dragstart", (event) => {
    held = event.target.closest?.("[data-sort-row]");
    if (!held || held.parentElement !== list) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", held.innerText);
    held.dataset.sortHeld = "";
  });
  list.addEventListener("dragover", (event) => {
    if (!held) return;
    event.preventDefault();
    clear();
    const before = over(event);
    (before ?? rows(list).at(-1)).dataset.sortOver = before ? "before" : "after";
  });
  list.addEventListener("drop", (event) => {
    if (!held) return;
    event.preventDefault();
    const all = rows(list);
    const before = over(event);
    const rest = all.filter((row) => row !== held);
    const position = before === held ? all.indexOf(held) : before ? rest.indexOf(before) : rest.length;
    if (position !== all.indexOf(held)) send(held, position);
  });
  list.addEventListener("dragend", () => { clear(); held?.removeAttribute("data-sort-held"); held = null; });
});

// After a move the focus stays with the line: on the arrow that was pressed, or on the other one at an end of the list.
let last = null;
document.addEventListener("htmx:before:swap", () => { last = document.activeElement?.id || null; });
document.addEventListener("htmx:after:swap", () => {
  const element = last && document.getElementById(last);
  if (!element?.closest("[data-sort-row]") || document.activeElement === element) return;
  (element.disabled ? element.parentElement.querySelector("button:enabled") : element)?.focus({ preventScroll: true });
});
