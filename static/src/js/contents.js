// What a form holds, as lines [name, value, label], and putting it back. Never what is secret, and no token.
const SKIP = new Set(["csrf_token", "version"]);
const KEPT = "[name=idempotency_key], [data-moment]"; // hidden, but part of what was written: sent twice, it is made once

/** Read a form; a chosen option brings its label, for it may be none of those that a fresh page offers. */
export function contents(form, submitter) {
  const secret = new Set([...form.querySelectorAll('[type="password"], [type="file"], [autocomplete="one-time-code"]')].map((input) => input.name));
  const label = (name, value) => [...(form.elements[name]?.selectedOptions ?? [])].find((option) => option.value === value)?.text;
  return [...new FormData(form, submitter)]
    .filter(([name, value]) => typeof value === "string" && !SKIP.has(name) && !secret.has(name))
    .map(([name, value]) => [name, value, ...[label(name, value)].filter(Boolean)]);
}

function choose(select, lines) {
  const values = lines.map(([value]) => value);
  if (select.dataset.url || select.dataset.create) {
    const offered = new Set([...select.options].map((option) => option.value));
    lines.filter(([value, label]) => label && !offered.has(value)).forEach(([value, label]) => select.add(new Option(label, value)));
  }
  [...select.options].forEach((option) => { option.selected = values.includes(option.value); });
  select.tomselect?.sync();
}

/** Put lines back into a form; what they do not name is emptied. */
export function put(form, lines) {
  const left = new Map();
  lines.forEach(([name, ...line]) => left.set(name, [...(left.get(name) ?? []), line]));
  for (const element of form.elements) {
    if (element.name && element.matches(KEPT)) element.value = left.get(element.name)?.[0][0] ?? element.value;
    if (!element.name || SKIP.has(element.name) || ["password", "file", "hidden", "submit", "button"].includes(element.type)) continue;
    const found = left.get(element.name) ?? [];
    if (element.type === "checkbox" || element.type === "radio") element.checked = found.some(([value]) => value === element.value);
    else if (element.tagName === "SELECT") choose(element, found);
    else element.value = found.shift()?.[0] ?? "";
    element.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
