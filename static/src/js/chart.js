// Charts (data-chart): drawn when they come into sight; the library comes then, too.
import { bind } from "./bind.js";

const sight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    sight.unobserve(target);
    import("./charts.js").then(({ draw }) => draw(target));
  }
}, { rootMargin: "200px" });
bind("[data-chart]", (element) => sight.observe(element));
