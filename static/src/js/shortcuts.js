// Single letters, outside inputs only, unless switched off: data-key on what a letter presses; j k Enter x walk lines.
import { mark, current, move } from "./lines.js";

const off = () => document.documentElement.dataset.shortcuts === "off";
const writing = (target) => target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], .ts-control, dialog[open]");
const visible = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;

function press(key) {
  const target = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find((one) => !one.disabled && (visible(one) || one.closest("details[data-menu]")));
  target?.click();
  return Boolean(target);
}

function filter() {
  const find = document.querySelector("[data-filter-find]");
  const add = document.querySelector("[data-filter-add]");
  if (find) find.select();
  else add?.click();
  return Boolean(find || add);
}

function open() {
  const link = current()?.querySelector("a[href]");
  link?.click();
  return Boolean(link);
}

function tick() {
  const box = current()?.querySelector('input[type="checkbox"]');
  box?.click();
  return Boolean(box);
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  x: tick,
  "/": filter,
  "?": () => { document.getElementById("shortcuts")?.showModal(); return true; },
};

document.addEventListener("keydown", (event) => {
  if (off() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || writing(event.target)) return;
  if (event.key === "Enter") {
    if (event.target === document.body || event.target.matches("main, tr, li")) { if (open()) event.preventDefault(); }
    return;
  }
  const done = press(event.key) || KEYS[event.key]?.();
  if (done) event.preventDefault();
  else if (event.key === "Escape") mark(null);
});
