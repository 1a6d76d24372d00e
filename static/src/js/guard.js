// A form that one has begun to fill (data-guard="name"): asks before it is left, and keeps its text for when one comes back.
// Nothing is kept on a shared computer, and never what is secret.
import { bind } from "./bind.js";
import { say } from "./words.js";
import { toast } from "./toast.js";

const shared = document.documentElement.dataset.sharedDevice !== undefined;
const person = document.documentElement.dataset.person ?? "";
const SKIP = new Set(["csrf_token", "version", "idempotency_key"]);
const keyOf = (form) => `draft:${person}:${location.pathname}:${form.dataset.guard}`;

function contents(form) {
  const secret = new Set([...form.querySelectorAll('[type="password"], [type="file"], [autocomplete="one-time-code"]')].map((input) => input.name));
  return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !SKIP.has(name) && !secret.has(name));
}

function put(form, pairs) {
  const left = new Map();
  pairs.forEach(([name, value]) => left.set(name, [...(left.get(name) ?? []), value]));
  for (const element of form.elements) {
    if (!element.name || SKIP.has(element.name) || ["password", "file", "hidden", "submit", "button"].includes(element.type)) continue;
    const values = left.get(element.name) ?? [];
    if (element.type === "checkbox" || element.type === "radio") element.checked = values.includes(element.value);
    else if (element.tagName === "SELECT") [...element.options].forEach((option) => { option.selected = values.includes(option.value); });
    else element.value = values.shift() ?? "";
    element.tomselect?.sync();
    element.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

bind("form[data-guard]", (form) => {
  const key = keyOf(form);
  const first = JSON.stringify(contents(form));
  let leaving = false;
  let timer = null;
  const changed = () => JSON.stringify(contents(form)) !== first;
  const refused = form.querySelector("[data-error-summary], [aria-invalid]");
  const kept = shared || refused ? null : sessionStorage.getItem(key);
  if (kept && kept !== first) {
    put(form, JSON.parse(kept));
    toast(say("draft"), "info", { label: say("draft_drop"), press: () => { sessionStorage.removeItem(key); put(form, JSON.parse(first)); } });
  }
  form.addEventListener("input", () => {
    if (shared) return;
    clearTimeout(timer);
    timer = setTimeout(() => sessionStorage.setItem(key, JSON.stringify(contents(form))), 400);
  });
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    leaving = true;
    clearTimeout(timer);
    sessionStorage.removeItem(key); // from now on the server keeps it: a refused form comes back with everything typed
  });
  window.addEventListener("beforeunload", (event) => { if (!leaving && form.isConnected && changed()) event.preventDefault(); });
  window.addEventListener("pageshow", () => { leaving = false; });
});
document.addEventListener("click", (event) => { if (event.target.closest?.("[data-leaves]")) sessionStorage.clear(); });
