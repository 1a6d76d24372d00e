// The exact moment on hover: in the reader's zone, and in the thing's own (data-zone) where that is another.
import { bind } from "./bind.js";

const language = document.documentElement.lang === "en" ? "en-GB" : "es-PE";
const zone = document.documentElement.dataset.timezone;

function write(moment, timeZone) {
  return new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short", timeZone }).format(moment);
}

bind("time[data-local-time]", (element) => {
  const moment = new Date(element.dateTime);
  if (Number.isNaN(moment.valueOf()) || !element.dateTime.includes("T")) return;
  const own = element.dataset.zone;
  element.title = write(moment, zone) + (own && own !== zone ? `\n${write(moment, own)} (${own.split("/").pop().replaceAll("_", " ")})` : "");
});
