// After a change of a draft its preview is drawn again, with the facts that stand beside it.
document.addEventListener("htmx:after:swap", (event) => {
  const request = event.detail.ctx?.request;
  if (request && request.method !== "GET" && document.querySelector("[data-preview]")) document.body.dispatchEvent(new Event("drafted"));
});
