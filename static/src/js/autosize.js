// A text area as high as its text, where the browser does not do it by itself (field-sizing).
import { bind } from "./bind.js";

if (!CSS.supports("field-sizing", "content")) {
  bind("textarea[data-autosize]", (area) => {
    const fit = () => { area.style.height = "auto"; area.style.height = `${area.scrollHeight + 2}px`; };
    area.addEventListener("input", fit);
    if (area.value) fit();
  });
}
