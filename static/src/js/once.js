// A form is sent once: pressed again, nothing happens; when the sending fails, it may be pressed again.
import { say } from "./words.js";

const HELD = 20_000; // a browser that shows no answer by then lets one try again

function hold(form, submitter) {
  form.dataset.sent = "";
  const button = submitter ?? form.querySelector("button:not([type=button]), [type=submit]");
  button?.setAttribute("aria-busy", "true");
  if (button) button.title = say("wait");
}

function free(form) {
  delete form.dataset.sent;
  form.querySelectorAll("[aria-busy]").forEach((button) => { button.removeAttribute("aria-busy"); button.removeAttribute("title"); });
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented && form.dataset.sent === undefined) return;
  if (form.dataset.sent !== undefined) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  hold(form, event.submitter);
  setTimeout(() => free(form), HELD);
});
document.addEventListener("htmx:before:request", (event) => {
  const { form, method, submitter } = event.detail.ctx.request;
  if (form && method !== "GET") hold(form, submitter);
});
document.addEventListener("htmx:finally:request", (event) => {
  const form = event.detail.ctx.request?.form;
  if (form) free(form);
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(free));
