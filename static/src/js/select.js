// Ticking lines of a table: all at once, a range with Shift, and the bar of what can be done with them.
import { bind } from "./bind.js";

bind("table[data-select]", (table) => {
  const bar = table.closest("form, .card, main")?.querySelector("[data-bulk]");
  const all = table.querySelector("[data-select-all]");
  const boxes = () => [...table.querySelectorAll('tbody input[type="checkbox"]')];
  let last = null;

  const show = () => {
    const ticked = boxes().filter((box) => box.checked).length;
    all.checked = ticked > 0 && ticked === boxes().length;
    all.indeterminate = ticked > 0 && !all.checked;
    if (!bar) return;
    bar.hidden = ticked === 0;
    bar.querySelector("[data-bulk-count]").textContent = ticked;
  };
  table.addEventListener("click", (event) => {
    if (event.target.matches('tbody input[type="checkbox"]')) {
      if (event.shiftKey && last) {
        const row = boxes();
        const [from, to] = [row.indexOf(last), row.indexOf(event.target)].sort((a, b) => a - b);
        row.slice(from, to + 1).forEach((box) => { box.checked = event.target.checked; });
      }
      last = event.target;
    }
  });
  table.addEventListener("change", (event) => {
    if (event.target === all) boxes().forEach((box) => { box.checked = all.checked; });
    show();
  });
  bar?.querySelector("[data-select-none]")?.addEventListener("click", () => { boxes().forEach((box) => { box.checked = false; }); show(); });
  table.addEventListener("htmx:after:swap", show);
  show();
});
