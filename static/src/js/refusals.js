// What htmx gets instead of what it asked for: a stale edit is shown as a page, other refusals as words; nothing is lost.
import { say } from "./words.js";
import { toast } from "./toast.js";

document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  const status = ctx.response.status;
  if (status < 400 || status === 401 || status === 422) return;
  if (status === 409) {
    ctx.target = document.querySelector("main");
    ctx.select = "main > *";
    ctx.swap = "innerHTML show:top";
    return;
  }
  const page = new DOMParser().parseFromString(ctx.text, "text/html");
  toast(page.querySelector("h1")?.textContent?.trim() || say("failed"), "warn");
});

document.addEventListener("htmx:error", (event) => {
  if (!navigator.onLine || event.detail.error instanceof TypeError) toast(say("connection"), "warn");
});
