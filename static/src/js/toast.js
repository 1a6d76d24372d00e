// Toasts: what was just done, with its undo. They leave by themselves, unless one is looking at them.
import { bind, refresh } from "./bind.js";
import { say } from "./words.js";

const STAYS = 10_000; // as long as an undo holds

bind("[data-toast]", (element) => {
  const leave = () => element.remove();
  let timer = setTimeout(leave, STAYS);
  const wait = () => clearTimeout(timer);
  const go = () => { clearTimeout(timer); timer = setTimeout(leave, STAYS / 2); };
  element.addEventListener("pointerenter", wait);
  element.addEventListener("focusin", wait);
  element.addEventListener("pointerleave", go);
  element.addEventListener("focusout", go);
  element.querySelector("[data-toast-close]")?.addEventListener("click", leave);
});

/** Say something. tone: done, info, warn. action: {label, press()}. */
export function toast(text, tone = "info", action = null) {
  const element = document.createElement("div");
  element.className = `toast toast--${tone}`;
  element.dataset.toast = "";
  element.setAttribute("role", tone === "warn" ? "alert" : "status");
  element.append(Object.assign(document.createElement("p"), { textContent: text }));
  if (action) element.append(button(action.label, () => { element.remove(); action.press(); }));
  const close = button("×", () => element.remove());
  close.setAttribute("aria-label", say("close"));
  element.append(close);
  document.getElementById("toasts")?.append(element);
  refresh(element);
  return element;
}

function button(text, press) {
  const element = Object.assign(document.createElement("button"), { type: "button", className: "button button--quiet", textContent: text });
  element.addEventListener("click", press);
  return element;
}
