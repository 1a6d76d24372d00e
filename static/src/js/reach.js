// A link to where something is mended leads to the very field: what is folded opens, the box gets the focus (data-mend: the first in it).
const BOXES = "input:not([type=hidden]), select, textarea, button";

function reach() {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  const box = target.matches(BOXES) ? target : target.dataset.mend !== undefined ? target.querySelector(BOXES) : null;
  (box?.tomselect?.control_input ?? box)?.focus();
  (box?.closest(".field") ?? target).scrollIntoView({ block: "center" });
}

window.addEventListener("hashchange", reach);
window.addEventListener("load", () => setTimeout(reach));
