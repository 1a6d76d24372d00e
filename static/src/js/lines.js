// The line one stands on (data-row), walked by j and k.
let now = null;

const lines = () => [...document.querySelectorAll("[data-row]")].filter((line) => line.checkVisibility?.() ?? true);

/** The line one stands on, if it is still there. */
export const current = () => (now?.isConnected ? now : null);

/** Stand on a line, or on none. */
export function mark(line) {
  now?.removeAttribute("data-on");
  now = line;
  line?.setAttribute("data-on", "");
}

/** Go a line on or back; the link of the line takes the focus, so that readers hear it. */
export function move(step) {
  const all = lines();
  if (!all.length) return false;
  const at = all.indexOf(current());
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  mark(next);
  next.querySelector("a[href]")?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  return true;
}
