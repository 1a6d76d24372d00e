// Files: chosen, dropped or photographed, sent at once in pieces; the form carries their tokens and need not wait for them long.
import { bind } from "./bind.js";
import { say } from "./words.js";
import { send } from "./send.js";
import { shrink } from "./shrink.js";
import { transfer } from "./transfer.js";

const LARGEST = 50 * 1024 * 1024;

bind("[data-upload]", (area) => {
  const input = area.querySelector('input[type="file"]');
  const list = area.querySelector(".upload__files");
  const drop = area.querySelector(".upload__drop");
  const field = input.name;
  const under = new Set();

  const take = (files) => {
    if (!input.multiple) list.replaceChildren();
    [...files].forEach((file) => start(file));
    input.value = "";
  };
  const start = (original) => {
    const row = area.querySelector("template").content.firstElementChild.cloneNode(true);
    const stop = new AbortController();
    const told = row.querySelector("small");
    const tell = (key) => { told.textContent = key; row.toggleAttribute("data-said", Boolean(key)); };
    row.querySelector("bdi").textContent = original.name;
    row.querySelector("[data-upload-remove]").addEventListener("click", () => stop.abort());
    list.append(row);
    const work = run(original, row, tell, stop.signal).catch((error) => {
      if (error.name === "AbortError") return;
      row.classList.add("upload__file--failed");
      tell(error.message || say("upload_failed"));
    }).finally(() => under.delete(work));
    under.add(work);
  };
  const run = async (original, row, tell, signal) => {
    const file = await shrink(original);
    if (file.size > LARGEST) throw new Error(say("too_large"));
    const bar = row.querySelector("progress");
    const token = await transfer(area.dataset.upload, file, {
      signal,
      progress: (fraction) => { bar.value = fraction; tell(""); },
      broken: () => tell(say("upload_again")),
    });
    row.classList.add("upload__file--done");
    row.append(Object.assign(document.createElement("input"), { type: "hidden", name: area.dataset.uploadName, value: token }));
    signal.addEventListener("abort", () => send(`${area.dataset.upload}/${token}`, { method: "DELETE" })); // taken away again
    area.dispatchEvent(new CustomEvent("upload:done", { bubbles: true, detail: { token } }));
  };

  input.addEventListener("change", () => take(input.files));
  if (input.files.length) take(input.files); // chosen before the page had come to life
  list.addEventListener("click", (event) => event.target.closest("[data-upload-remove]")?.closest("li").remove());
  for (const type of ["dragenter", "dragover"]) drop.addEventListener(type, (event) => { event.preventDefault(); drop.dataset.over = ""; });
  for (const type of ["dragleave", "drop"]) drop.addEventListener(type, () => { delete drop.dataset.over; });
  drop.addEventListener("drop", (event) => { event.preventDefault(); take(event.dataTransfer.files); });

  // The form waits for what is still on its way, then goes by itself.
  input.form?.addEventListener("submit", (event) => {
    input.removeAttribute("name"); // its bytes have been sent already
    setTimeout(() => { input.name = field; });
    if (!under.size || input.form.dataset.uploadsDone !== undefined) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter;
    button?.setAttribute("aria-busy", "true");
    Promise.allSettled([...under]).then(() => {
      button?.removeAttribute("aria-busy");
      input.form.dataset.uploadsDone = "";
      input.form.requestSubmit(button?.isConnected ? button : undefined);
      delete input.form.dataset.uploadsDone;
    });
  }, true);
});
