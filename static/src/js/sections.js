// The parts of a long page as a line of links that stays in sight; the part one reads is marked (data-sections).
import { bind } from "./bind.js";

function link(part) {
  const element = Object.assign(document.createElement("a"), { href: `#${part.id}`, textContent: part.querySelector("h2").textContent.trim() });
  const count = part.querySelector(".card__head > .tag")?.textContent.trim();
  if (/^[\d.,+]+$/.test(count ?? "")) element.append(" ", Object.assign(document.createElement("b"), { className: "num", textContent: count }));
  return element;
}

bind("[data-sections]", (nav) => {
  const parts = [...nav.parentElement.querySelectorAll(":scope > .card[id]")].filter((part) => part.querySelector("h2"));
  nav.hidden = parts.length < 2;
  const links = new Map(parts.map((part) => [part, link(part)]));
  nav.replaceChildren(...links.values());
  const mark = () => {
    const line = nav.getBoundingClientRect().bottom + 40;
    const atEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - 4 && scrollY > 0;
    const now = atEnd ? parts.at(-1) : parts.findLast((part) => part.getBoundingClientRect().top <= line) ?? parts[0];
    links.forEach((one, part) => (part === now ? one.setAttribute("aria-current", "true") : one.removeAttribute("aria-current")));
  };
  addEventListener("scroll", () => requestAnimationFrame(mark), { passive: true });
  mark();
});
