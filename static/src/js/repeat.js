// Rows of a sub-form: add from the template, take away. Names and ids carry the row's number.
import { bind, refresh } from "./bind.js";

bind("[data-repeat]", (list) => {
  const rows = list.querySelector("[data-repeat-rows]");
  const template = list.querySelector("template[data-repeat-template]");
  const add = list.querySelector("[data-repeat-add]");
  if (!template) { add.hidden = true; return; }
  const name = list.dataset.repeat;
  const from = template.dataset.repeatTemplate;
  let next = Number(from);
  list.addEventListener("click", (event) => {
    const remove = event.target.closest("[data-repeat-remove]");
    if (remove && remove.closest("[data-repeat]") === list) {
      remove.closest("[data-repeat-row]").remove();
      list.dispatchEvent(new Event("input", { bubbles: true }));
      add.focus();
    }
  });
  add.addEventListener("click", () => {
    const row = template.content.firstElementChild.cloneNode(true);
    const old = `${name}-${from}`;
    const fresh = `${name}-${next}`;
    next += 1;
    for (const element of row.querySelectorAll("*")) {
      for (const attribute of ["name", "id", "for", "aria-describedby", "data-dictate"]) {
        const value = element.getAttribute(attribute);
        if (value?.includes(old)) element.setAttribute(attribute, value.replaceAll(old, fresh));
      }
    }
    rows.append(row);
    refresh(row);
    row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  });
});
