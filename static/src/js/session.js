// The session ended while one was writing: sign in over the page, keep the text, send again.
import { bind, refresh } from "./bind.js";
import { say } from "./words.js";
import { toast } from "./toast.js";

let asking = null;

/** Open the sign-in form over the page; resolves to true once signed in, false when closed. */
export function signIn() {
  asking ??= ask().finally(() => { asking = null; });
  return asking;
}

async function ask() {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.dataset.signin = "";
  document.body.append(dialog);
  try {
    return await new Promise((done, failed) => {
      dialog.addEventListener("close", () => done(dialog.dataset.signin === "done"));
      dialog.addEventListener("webauthn:done", async (event) => {
        event.preventDefault(); // stay here, where a text waits: only the page's token is renewed
        finish(dialog, (await page("/")).page);
      });
      page("/login").then((answer) => { show(dialog, answer.page); dialog.showModal(); }).catch(failed);
    });
  } finally {
    dialog.remove();
  }
}

async function page(url, options = {}) {
  const response = await fetch(url, { credentials: "same-origin", ...options });
  return { response, page: new DOMParser().parseFromString(await response.text(), "text/html") };
}

function show(dialog, page_) {
  const heading = document.createElement("header");
  heading.className = "dialog__head";
  heading.append(Object.assign(document.createElement("h2"), { textContent: page_.querySelector("h1")?.textContent ?? "" }));
  const body = document.createElement("div");
  body.className = "dialog__body";
  const form = page_.querySelector("main form");
  if (!form) return toast(page_.querySelector("h1")?.textContent?.trim() || say("failed"), "warn");
  form.querySelectorAll("[autofocus]").forEach((element) => element.removeAttribute("autofocus"));
  body.append(document.adoptNode(form));
  dialog.replaceChildren(heading, body);
  refresh(dialog);
  form.addEventListener("submit", (event) => { event.preventDefault(); submit(dialog, form, event.submitter); });
  form.querySelector("input:not([type=hidden])")?.focus();
}

async function submit(dialog, form, submitter) {
  const { response, page: next } = await page(form.action, { method: "POST", body: new FormData(form, submitter) });
  const path = new URL(response.url).pathname;
  if (response.redirected && !path.startsWith("/login") && response.ok) {
    finish(dialog, next);
  } else {
    show(dialog, next);
  }
}

function finish(dialog, next) {
  renew(next);
  dialog.dataset.signin = "done";
  dialog.close();
  toast(say("signed_in"));
}

/** Put the new session's token into the page and its forms. */
function renew(next) {
  const headers = next.body.getAttribute("hx-headers:inherited");
  if (!headers) return;
  document.body.setAttribute("hx-headers:inherited", headers);
  const fresh = JSON.parse(headers)["X-CSRFToken"];
  document.querySelectorAll('input[name="csrf_token"]').forEach((input) => { input.value = fresh; });
}

document.addEventListener("htmx:before:response", (event) => {
  const { ctx } = event.detail;
  if (ctx.response.status !== 401) return;
  event.preventDefault();
  const { sourceElement: element, request } = ctx;
  if (request.method === "GET" && !element.matches("a, button, form")) return; // polling and typing do not shout
  signIn().then((signed) => {
    if (!signed) return;
    if (element.matches("form")) element.requestSubmit(request.submitter?.isConnected ? request.submitter : undefined);
    else element.click();
  });
});

// The page that a form without scripts gets when the session has ended holds what was typed: sign in, and it is sent.
bind("form[data-signin-first]", (form) => {
  signIn().then((signed) => signed && form.requestSubmit());
  form.addEventListener("click", (event) => {
    if (!event.target.closest("[data-signin]")) return;
    event.preventDefault();
    signIn().then((signed) => signed && form.requestSubmit());
  });
});
