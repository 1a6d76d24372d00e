// Everything a page can do. Each behaviour is a module of its own, bound to a data attribute of the same name.
import "htmx.org/dist/htmx.esm.js";
import "./upload.js"; // before the others that listen to a form's sending: it may hold it
import "./dialog.js";
import "./waiting.js";
import "./guard.js";
import "./once.js";
import "./session.js";
import "./refusals.js";
import "./toast.js";
import "./menu.js";
import "./hint.js";
import "./fold.js";
import "./sections.js";
import "./palette.js";
import "./shortcuts.js";
import "./select.js";
import "./table.js";
import "./combobox.js";
import "./repeat.js";
import "./autosize.js";
import "./dictate.js";
import "./local_time.js";
import "./theme.js";
import "./webauthn.js";
import "./chart.js";
import "./back.js";
import "./place.js";
