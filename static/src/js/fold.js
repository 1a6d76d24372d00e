// What is one line on a phone stands open beside the record on a wide screen (data-fold).
import { bind } from "./bind.js";

const wide = matchMedia("(min-width: 1001px)");
bind("details[data-fold]", (details) => {
  const fit = () => {
    details.open = wide.matches || details.open;
    const summary = details.querySelector("summary");
    if (wide.matches) summary.setAttribute("tabindex", "-1");
    else summary.removeAttribute("tabindex");
  };
  fit();
  wide.addEventListener("change", fit);
  if (location.hash.length > 1 && details.querySelector(`#${CSS.escape(location.hash.slice(1))}`)) details.open = true;
});
