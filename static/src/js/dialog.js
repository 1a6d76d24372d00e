// Dialogs: opened by data-dialog="id", closed by data-dialog-close, Escape or a press beside them; and asking before what can't be undone.
import { on } from "./bind.js";
import { say } from "./words.js";

on("click", "[data-dialog]", (event, opener) => {
  const dialog = document.getElementById(opener.dataset.dialog);
  if (!dialog) return;
  event.preventDefault();
  opener.closest("details[data-menu]")?.removeAttribute("open");
  dialog.showModal();
});
on("click", "[data-dialog-close]", (_event, button) => button.closest("dialog")?.close());
on("mousedown", "dialog", (event, dialog) => {
  if (event.target !== dialog || dialog.dataset.signin !== undefined) return;
  const box = dialog.getBoundingClientRect();
  const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  if (!inside) dialog.close();
});

/** Ask; resolves to whether the answer is yes. */
export function confirm(question, yes = say("confirm")) {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("role", "alertdialog");
  dialog.setAttribute("aria-label", question);
  const body = Object.assign(document.createElement("form"), { method: "dialog", className: "dialog__body" });
  const foot = Object.assign(document.createElement("div"), { className: "dialog__foot" });
  const no = Object.assign(document.createElement("button"), { className: "button", value: "", textContent: say("cancel") });
  const go = Object.assign(document.createElement("button"), { className: "button button--danger", value: "yes", textContent: yes });
  foot.append(no, go);
  body.append(Object.assign(document.createElement("p"), { textContent: question }), foot);
  dialog.append(body);
  document.body.append(dialog);
  dialog.showModal();
  no.focus();
  return new Promise((done) => dialog.addEventListener("close", () => { done(dialog.returnValue === "yes"); dialog.remove(); }));
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-confirm]");
  if (!button || button.dataset.confirmed !== undefined) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!(await confirm(button.dataset.confirm, button.textContent.trim()))) return;
  button.dataset.confirmed = "";
  button.click();
  delete button.dataset.confirmed;
}, true);

document.addEventListener("htmx:confirm", (event) => {
  if (!event.detail.ctx.confirm) return;
  event.preventDefault();
  confirm(event.detail.ctx.confirm).then((yes) => (yes ? event.detail.issueRequest() : event.detail.dropRequest()));
});
