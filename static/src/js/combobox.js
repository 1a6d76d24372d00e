// Choices found as one types (data-combobox); the library comes when the first one is on the page.
import { bind } from "./bind.js";
import { say } from "./words.js";

bind("select[data-combobox]", async (select) => {
  const { combobox } = await import("./combobox_tom.js");
  combobox(select, say);
});
