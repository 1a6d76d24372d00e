// A table that fits its card has a head that stays in sight; a wider one scrolls sideways inside the card instead.
import { bind } from "./bind.js";

const watch = new ResizeObserver((entries) => entries.forEach(({ target }) => {
  const table = target.firstElementChild;
  target.toggleAttribute("data-fits", table.scrollWidth <= target.clientWidth + 1);
}));
bind(".table__scroll", (scroll) => watch.observe(scroll));
