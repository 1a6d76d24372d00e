// A form that one has begun to fill (data-guard="name"): asks before it is left, and keeps its text for when one comes back.
// Nothing is kept on a shared computer, and never what is secret.
import { bind } from "./bind.js";
import { say } from "./words.js";
import { toast } from "./toast.js";

const shared = document.documentElement.dataset.sharedDevice !== undefined;
const person = document.documentElement.dataset.person ?? "";
const SKIP = new Set(["csrf_token", "version"]);
const SENT = "draft-sent";

// A form was sent from here: whatever page comes next says that it arrived. Coming back or reloading means that it did not.
const sent = sessionStorage.getItem(SENT);
if (sent) {
  sessionStorage.removeItem(SENT);
  const how = performance.getEntriesByType("navigation")[0]?.type;
  if (how !== "back_forward" && how !== "reload") sessionStorage.removeItem(sent);
}
const keyOf = (form) => `draft:${person}:${location.pathname}:${form.dataset.guard}`;

function contents(form) {
  const secret = new Set([...form.querySelectorAll('[type="password"], [type="file"], [autocomplete="one-time-code"]')].map((input) => input.name));
  return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !SKIP.has(name) && !secret.has(name));
}

function put(form, pairs) {
  const left = new Map();
  pairs.forEach(([name, value]) => left.set(name, [...(left.get(name) ?? []), value]));
  for (const element of form.elements) {
    if (element.name === "idempotency_key") element.value = left.get(element.name)?.[0] ?? element.value; // sent twice, it is made once
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
    if (shared) return;
    sessionStorage.setItem(key, JSON.stringify(contents(form)));
    sessionStorage.setItem(SENT, key);
  });
  window.addEventListener("beforeunload", (event) => { if (!leaving && form.isConnected && changed()) event.preventDefault(); });
  window.addEventListener("pageshow", () => { leaving = false; });
});
document.addEventListener("click", (event) => { if (event.target.closest?.("[data-leaves]")) sessionStorage.clear(); });
