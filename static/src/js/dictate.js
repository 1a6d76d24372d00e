// Speaking instead of typing, where the browser can (data-dictate names the text's id).
import { bind } from "./bind.js";
import { say } from "./words.js";

const Recognition = window.SpeechRecognition ?? window.webkitSpeechRecognition;

bind("[data-dictate]", (button) => {
  if (!Recognition) return;
  button.hidden = false;
  let hearing = null;
  button.addEventListener("click", () => {
    if (hearing) return hearing.stop();
    const area = document.getElementById(button.dataset.dictate);
    hearing = new Recognition();
    hearing.lang = document.documentElement.lang === "en" ? "en-GB" : "es-PE";
    hearing.continuous = true;
    button.setAttribute("aria-pressed", "true");
    button.title = say("listening");
    hearing.addEventListener("result", (event) => {
      const heard = [...event.results].slice(event.resultIndex).filter((one) => one.isFinal).map((one) => one[0].transcript.trim()).join(" ");
      if (!heard) return;
      area.value = [area.value.trimEnd(), heard].filter(Boolean).join(" ");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    });
    hearing.addEventListener("end", () => { hearing = null; button.setAttribute("aria-pressed", "false"); button.title = ""; });
    hearing.start();
  });
});
