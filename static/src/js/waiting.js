// What could not be sent for want of a network stays on one's own phone, and goes by itself later (form[data-waiting]).
// The form's key makes a second sending harmless. On a shared computer nothing is kept: the text stays in the form.
import { bind } from "./bind.js";
import { contents } from "./contents.js";
import { say } from "./words.js";
import { toast } from "./toast.js";
import { send, token } from "./send.js";

const page = document.documentElement.dataset;
const PLACE = `waiting:${page.person}`;
const keeps = page.person !== undefined && page.sharedDevice === undefined;

/** The present minute where the reader is: what is sent later happened now (input[data-moment]). */
const now = () => new Date().toLocaleString("sv", { timeZone: page.timezone }).slice(0, 16).replace(" ", "T");
/** A key nobody else has; randomUUID is there behind https alone. */
const key = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
const all = () => (keeps ? JSON.parse(localStorage.getItem(PLACE) ?? "[]") : []);

function put(lines) {
  if (lines.length) localStorage.setItem(PLACE, JSON.stringify(lines));
  else localStorage.removeItem(PLACE);
  document.querySelectorAll("[data-waiting-list]").forEach(show);
}

const change = (id, how) => put(all().flatMap((line) => (line.id === id ? how(line) : [line])));

/** Post what was written; "sent", "refused" (with the page) or an exception when there is no network. */
async function post(line) {
  const body = new URLSearchParams(line.lines.map(([name, value]) => [name, value]));
  body.set("csrf_token", token());
  const response = await send(line.url, { method: "POST", body });
  if (response.status >= 500) throw new TypeError(String(response.status));
  return { sent: response.ok, response };
}

let busy = false;
async function flush() {
  if (busy || !keeps) return;
  busy = true;
  let sent = 0;
  try {
    for (const line of all().filter((one) => one.state === "waiting")) {
      const answer = await post(line);
      change(line.id, () => (answer.sent ? [] : [{ ...line, state: "look" }]));
      sent += answer.sent ? 1 : 0;
    }
  } catch {
    // no network yet: it goes at the next occasion
  } finally {
    busy = false;
  }
  if (sent) toast(say("waiting_sent", { count: sent }), "done");
}

function show(list) {
  list.replaceChildren(...all().map((line) => {
    const row = document.createElement("li");
    row.className = "rows__line";
    const title = Object.assign(document.createElement("span"), { className: "rows__title" });
    title.append(Object.assign(document.createElement("bdi"), { textContent: line.label }));
    const state = Object.assign(document.createElement("span"), { className: `rows__side tag tag--${line.state === "look" ? "late" : "warn"}`, textContent: say(`waiting_${line.state}`) });
    row.append(title, state);
    if (line.state === "look") {
      const open = Object.assign(document.createElement("button"), { type: "button", className: "button button--small", textContent: say("waiting_open") });
      open.addEventListener("click", () => {
        sessionStorage.setItem(`draft:${page.person}:${line.path}:${line.guard}`, JSON.stringify(line.lines));
        change(line.id, () => []);
        location.assign(line.path);
      });
      row.append(open);
    }
    return row;
  }));
}

bind("[data-waiting-list]", show);
bind("form[data-waiting]", (form) => {
  form.addEventListener("submit", async (event) => {
    if (event.defaultPrevented || navigator.onLine || !keeps) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    form.querySelectorAll("[data-moment]").forEach((input) => { input.value = now(); });
    const lines = contents(form, event.submitter);
    form.querySelectorAll("[data-moment]").forEach((input) => { input.value = ""; });
    const label = form.querySelector(".ts-control .item, textarea")?.innerText?.replace("×", "").trim() || form.querySelector("textarea")?.value || document.title;
    put([...all(), { id: key(), url: form.action, path: location.pathname, guard: form.dataset.guard ?? "", lines, label: label.slice(0, 120), state: "waiting" }]);
    sessionStorage.removeItem(`draft:${page.person}:${location.pathname}:${form.dataset.guard ?? ""}`);
    form.reset();
    [...form.querySelectorAll("select")].forEach((select) => select.tomselect?.clear());
    form.querySelectorAll('input[name="idempotency_key"]').forEach((input) => { input.value = key(); });
    toast(say("waiting_kept"), "done");
  });
});
window.addEventListener("online", flush);
if (navigator.onLine && all().length) flush();
