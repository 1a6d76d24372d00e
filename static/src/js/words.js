// What scripts say, in the reader's language: from layouts/_words.html.
const words = JSON.parse(document.getElementById("words")?.dataset.words ?? "{}");

/** The words for a key, with {name} replaced. */
export function say(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
