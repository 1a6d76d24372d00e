// A form whose text is not saved yet (data-unsaved; "changed": it came back as it was typed): what would take it away asks
// first. Selects that decide which other fields fit (data-redraw) have the form drawn anew.
import { bind, on } from "./bind.js";
import { contents } from "./contents.js";
import { say } from "./words.js";

const SKIP = new Set(["edition", "do"]);
const written = (form) => JSON.stringify(contents(form).filter(([name]) => !SKIP.has(name)));
const begun = new WeakMap();
let leaving = false;

bind("form[data-unsaved]", (form) => begun.set(form, form.dataset.unsaved === "changed" ? null : written(form)));

const dirty = (form) => begun.has(form) && written(form) !== begun.get(form);
const unsaved = (root, but) => [...root.querySelectorAll("form[data-unsaved]")].some((form) => form !== but && dirty(form));

window.addEventListener("beforeunload", (event) => { if (!leaving && unsaved(document)) event.preventDefault(); });
window.addEventListener("pageshow", () => { leaving = false; });
document.addEventListener("submit", (event) => { if (event.target.dataset.unsaved !== undefined && !event.defaultPrevented) leaving = true; });

document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  const target = ctx.target instanceof Element ? ctx.target : ctx.target && document.querySelector(ctx.target);
  if (target && !ctx.confirm && unsaved(target, ctx.sourceElement.closest?.("form[data-unsaved]"))) ctx.confirm = say("unsaved");
});

on("change", "[data-redraw]", (_event, select) => {
  const what = select.form.querySelector("[data-do]");
  what.value = "redraw";
  select.form.requestSubmit();
  what.value = "";
});
