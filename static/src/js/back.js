// Buttons that go back to the page before, or load this one again; and the first thing to mend takes the focus.
import { bind, on } from "./bind.js";

on("click", "[data-back]", () => (history.length > 1 ? history.back() : location.assign("/")));
on("click", "[data-reload]", () => location.reload());
bind("[data-error-summary]", (summary) => summary.focus());
