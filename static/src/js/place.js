// Coming back to a list: as many rows as were shown, at the same height.
const KEY = `place:${location.pathname}${location.search}`;
const rows = () => document.querySelectorAll("#rows > tr, #timeline > li").length;

async function restore({ count, height }) {
  while (rows() < count) {
    const more = document.querySelector("[data-pager]");
    const before = rows();
    if (!more) break;
    const swapped = new Promise((done) => document.addEventListener("htmx:finally:request", done, { once: true }));
    more.click();
    await swapped;
    if (rows() <= before) break;
  }
  window.scrollTo(0, height);
}

window.addEventListener("pagehide", () => {
  if (rows() && scrollY > 0) sessionStorage.setItem(KEY, JSON.stringify({ count: rows(), height: scrollY }));
  else sessionStorage.removeItem(KEY);
});
const kept = sessionStorage.getItem(KEY);
if (kept && performance.getEntriesByType("navigation")[0]?.type === "back_forward") restore(JSON.parse(kept));
