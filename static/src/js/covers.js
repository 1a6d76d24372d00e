// A field that an approval covers was changed: said above the button that saves (data-covers="title objective").
import { bind } from "./bind.js";

bind("[data-covers]", (warning) => {
  const covered = new Set(warning.dataset.covers.split(" "));
  const form = warning.closest("form");
  const watch = (event) => {
    for (let element = event.target; element && element !== form; element = element.parentElement) {
      if (covered.has(element.name) || covered.has(element.id)) warning.hidden = false;
    }
  };
  form.addEventListener("input", watch);
  form.addEventListener("change", watch);
});
