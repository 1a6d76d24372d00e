// Tom Select with our words, remote choices ({value, text, hint}) and adding in place ("+" before what was typed).
import TomSelect from "tom-select/base";
import removeButton from "tom-select/plugins/remove_button/plugin.js";

TomSelect.define("remove_button", removeButton);
const WAIT = 150; // ms after the last letter

function line(data, escape) {
  return `<div><bdi>${escape(data.text)}</bdi>${data.hint ? ` <small>${escape(data.hint)}</small>` : ""}</div>`;
}

/** Make a select a combobox. say(key, values) gives the words. */
export function combobox(select, say) {
  if (!select.isConnected || select.tomselect) return;
  const { url, create } = select.dataset;
  const label = select.labels?.[0]?.innerText.replace("*", "").trim();
  const focused = document.activeElement === select || (select.autofocus && document.activeElement === document.body);
  const box = new TomSelect(select, {
    plugins: { remove_button: { title: say("remove"), label: "×" } },
    maxItems: select.multiple ? null : 1,
    placeholder: select.getAttribute("placeholder") ?? "",
    searchField: url ? [] : ["text"],
    allowEmptyOption: false,
    closeAfterSelect: true,
    selectOnTab: true,
    maxOptions: url ? 30 : 400,
    loadThrottle: WAIT,
    refreshThrottle: 0, // what was typed is looked up at once: later it would take the focus back from the next field
    shouldLoad: (typed) => typed.trim().length > 0,
    load: url ? (typed, answer) => load(url, typed, answer) : null,
    create: create ? (typed) => ({ value: `+${typed}`, text: typed, hint: "" }) : false,
    createFilter: (typed) => typed.trim().length > 1,
    render: {
      option: line,
      item: line,
      option_create: (data, escape) => `<div class="create">${escape(say("add", { name: data.input }))}</div>`,
      no_results: () => `<div class="no-results">${say("none")}</div>`,
      loading: () => `<div class="no-results">${say("searching")}</div>`,
    },
    onItemAdd() { this.setTextboxValue(""); this.refreshOptions(false); },
    ...(url ? { score: () => () => 1, onType(typed) { if (typed) this.clearOptions((option) => this.items.includes(option.value)); } } : {}),
  });
  box.hook("after", "refreshOptions", () => { // what is found comes first, adding last
    const add = box.dropdown_content.querySelector(".create");
    if (add) box.dropdown_content.append(add);
  });
  if (focused) box.focus();
  if (label) {
    box.control_input.setAttribute("aria-label", label);
    select.setAttribute("aria-label", label); // its own label now points to the input
  }
  for (const attribute of ["aria-describedby", "aria-invalid", "aria-required"]) {
    if (select.hasAttribute(attribute)) box.control_input.setAttribute(attribute, select.getAttribute(attribute));
  }
}

async function load(url, typed, answer) {
  try {
    const at = new URL(url, location.href);
    at.searchParams.set("q", typed);
    const response = await fetch(at, { credentials: "same-origin", headers: { Accept: "application/json", "X-Requested-With": "fetch" } });
    const found = response.ok ? await response.json() : [];
    answer(found.map((one) => ({ ...one, value: String(one.value) })));
  } catch {
    answer();
  }
}
