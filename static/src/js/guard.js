// A form that one has begun to fill (data-guard="name"): asks before it is left, and keeps its text for when one comes back.
// Nothing is kept on a shared computer, and never what is secret.
import { bind } from "./bind.js";
import { contents, put } from "./contents.js";
import { say } from "./words.js";

const shared = document.documentElement.dataset.sharedDevice !== undefined;
const person = document.documentElement.dataset.person ?? "";
const SENT = "draft-sent";

// A form was sent from here: whatever page comes next says that it arrived. Coming back or reloading means that it did not.
const sent = sessionStorage.getItem(SENT);
if (sent) {
  sessionStorage.removeItem(SENT);
  const how = performance.getEntriesByType("navigation")[0]?.type;
  if (how !== "back_forward" && how !== "reload") sessionStorage.removeItem(sent);
}
const keyOf = (form) => `draft:${person}:${location.pathname}:${form.dataset.guard}`;

/** Say above the form that its text is back, for as long as it matters; a toast would lie over the button that sends. */
function tell(form, drop) {
  const note = Object.assign(document.createElement("div"), { className: "notice notice--info draft", role: "status" });
  const button = Object.assign(document.createElement("button"), { type: "button", className: "button button--small", textContent: say("draft_drop") });
  button.addEventListener("click", () => { note.remove(); drop(); });
  note.append(Object.assign(document.createElement("p"), { textContent: say("draft") }), button);
  form.prepend(note);
}

bind("form[data-guard]", (form) => {
  const key = keyOf(form);
  const first = JSON.stringify(contents(form));
  const written = () => JSON.stringify(contents(form).filter(([name]) => name !== "idempotency_key"));
  const empty = written();
  let leaving = false;
  let timer = null;
  const changed = () => written() !== empty;
  const refused = form.querySelector("[data-error-summary], [aria-invalid]");
  const kept = shared || refused ? null : sessionStorage.getItem(key);
  if (kept && kept !== first) {
    put(form, JSON.parse(kept));
    tell(form, () => { sessionStorage.removeItem(key); put(form, JSON.parse(first)); });
  }
  form.addEventListener("input", () => {
    if (shared) return;
    clearTimeout(timer);
    timer = setTimeout(() => (changed() ? sessionStorage.setItem(key, JSON.stringify(contents(form))) : sessionStorage.removeItem(key)), 400);
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
