// Light, dark or as the device: at once here, and kept in one's account.
import { bind } from "./bind.js";
import { send } from "./send.js";

bind("[data-themes]", (group) => {
  const buttons = [...group.querySelectorAll("[data-theme-set]")];
  const show = () => buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.themeSet === document.documentElement.dataset.theme)));
  buttons.forEach((button) => button.addEventListener("click", () => {
    document.documentElement.dataset.theme = button.dataset.themeSet;
    document.dispatchEvent(new CustomEvent("theme"));
    show();
    if (group.dataset.url) send(group.dataset.url, { method: "POST", body: new URLSearchParams({ theme: button.dataset.themeSet }) });
  }));
  show();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new CustomEvent("theme")));
