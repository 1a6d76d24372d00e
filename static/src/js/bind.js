// Ties behaviours to elements by their data attributes, now and whenever a fragment comes in.
const behaviours = [];

function visit(root, selector, setup, seen) {
  const found = [...(root.querySelectorAll?.(selector) ?? [])];
  if (root.matches?.(selector)) found.unshift(root);
  for (const element of found) {
    if (seen.has(element)) continue;
    seen.add(element);
    setup(element);
  }
}

/** Call setup(element) once for each element that matches, now and later. */
export function bind(selector, setup) {
  const seen = new WeakSet();
  behaviours.push((root) => visit(root, selector, setup, seen));
  visit(document, selector, setup, seen);
}

/** Tie all behaviours to what has just been put into the page by hand. */
export function refresh(root) {
  behaviours.forEach((behaviour) => behaviour(root));
}

document.addEventListener("htmx:after:process", (event) => refresh(event.target));
document.addEventListener("htmx:after:swap", () => refresh(document)); // morphs keep elements but may add attributes

/** Call handler(event, element) when the event happens on, or inside, an element that matches. */
export function on(type, selector, handler, options) {
  document.addEventListener(type, (event) => {
    const element = event.target.closest?.(selector);
    if (element) handler(event, element);
  }, options);
}
