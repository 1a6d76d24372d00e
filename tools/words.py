"""The words on screen: collected from code and templates, translated in ``promo/translations``.

``python -m tools.words [FOLDER]`` brings the catalogue up to date: new messages come in, old ones go, and translations
come from FOLDER's CSV files (columns ``msgid, msgstr`` and, for plurals, ``msgid_plural, msgstr_plural``).
``--check`` changes nothing and exits 1 when a message lacks its translation.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "promo" / "translations" / "es" / "LC_MESSAGES" / "messages.po"
KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "lazy_ngettext": (1, 2)}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w*)\}")
HEADER = "# Spanish of Peru, in the neutral form, for Promo."


def extract() -> Catalog:
    """Return the messages that code and templates use, with the places where they stand."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    catalog = Catalog(project="Promo")
    found = extract_from_dir(ROOT, methods, options, keywords=KEYWORDS)
    for name, line, message, comments, context in sorted(found, key=lambda f: (f[0], f[1])):
        catalog.add(message, None, [(name, line)], auto_comments=comments, context=context)
    return catalog


def spanish() -> Catalog:
    """Return the catalogue as it is kept."""
    if not FILE.exists():
        return Catalog(locale="es", project="Promo")
    with FILE.open("rb") as file:
        return read_po(file, locale="es")


def messages(catalog: Catalog) -> Iterator[Message]:
    """Yield the messages of a catalogue, without its header."""
    return (message for message in catalog if message.id)


def key(message: Message) -> str:
    """Return the (singular) text under which a message is found."""
    return message.id if isinstance(message.id, str) else message.id[0]


def texts(value: str | tuple[str, ...] | list[str] | None) -> list[str]:
    """Return a message's text, or both texts of a plural."""
    return [] if not value else [value] if isinstance(value, str) else list(value)


def placeholders(text: str) -> set[str]:
    """Return the names of the values that a text is filled with."""
    return {a or b for a, b in PLACEHOLDER.findall(text)}


def faults(used: Catalog, kept: Catalog) -> list[str]:
    """List what is wrong: a message without translation, one nobody uses, a placeholder lost or invented."""
    there = {key(m): m for m in messages(kept)}
    found = []
    for message in messages(used):
        own = there.pop(key(message), None)
        where = ", ".join(f"{name}:{line}" for name, line in message.locations[:2])
        if own is None or not all(texts(own.string)) or not texts(own.string):
            found.append(f"not translated: {key(message)!r} ({where})")
        elif own.fuzzy:
            found.append(f"uncertain: {key(message)!r}")
        elif isinstance(message.id, str) != isinstance(own.string, str):
            found.append(f"singular and plural are not those of the code: {key(message)!r} ({where})")
        else:
            names = set().union(*map(placeholders, texts(message.id)))
            if any(placeholders(t) - names for t in texts(own.string)) or placeholders(texts(own.string)[-1]) != names:
                found.append(f"placeholders differ: {key(message)!r} → {own.string!r}")
    return found + [f"nobody uses: {name!r}" for name in there]


def from_csv(folder: Path) -> dict[str, dict[str, str]]:
    """Return the rows of a folder's CSV files by message; the last file that names one wins."""
    rows: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            rows |= {row["msgid"]: row for row in csv.DictReader(file) if row.get("msgid") and row.get("msgstr")}
    return rows


def merge(used: Catalog, kept: Catalog, rows: dict[str, dict[str, str]]) -> Catalog:
    """Return the new catalogue: every message used, with the translation of the CSV, else of the old catalogue."""
    old = {key(m): m.string for m in messages(kept)}
    made = Catalog(locale="es", project="Promo", header_comment=HEADER, fuzzy=False, domain="messages")
    for message in sorted(messages(used), key=lambda m: key(m).casefold()):
        row, plural = rows.get(key(message)), not isinstance(message.id, str)
        text: str | tuple[str, ...] | list[str] | None = old.get(key(message))
        if row is not None:
            text = (row["msgstr"], row.get("msgstr_plural") or row["msgstr"]) if plural else row["msgstr"]
        elif text and plural == isinstance(text, str):
            text = (text, text) if isinstance(text, str) else text[0]
        files = sorted({(name, 0) for name, _ in message.locations})
        made.add(message.id, text or ("", "") if plural else text or "", files, flags=message.flags - {"fuzzy"})
    return made


def write(catalog: Catalog) -> None:
    """Keep the catalogue, without dates and line numbers, so that a change shows what changed."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    with FILE.open("wb") as file:
        write_po(file, catalog, width=0, include_lineno=False, omit_header=False, ignore_obsolete=True)
    lines = FILE.read_text(encoding="utf-8").splitlines(keepends=True)
    dates = (
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Last-Translator",
        "Language-Team",
        "Generated-By",
        "Report-Msgid",
    )
    FILE.write_text("".join(x for x in lines if not x.startswith(tuple(f'"{d}' for d in dates))), encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Run the command; return its exit code."""
    used, kept = extract(), spanish()
    if "--check" not in arguments:
        kept = merge(used, kept, from_csv(Path(arguments[0])) if arguments else {})
        write(kept)
    found = faults(used, kept)
    print("\n".join(found) or f"{len(kept)} messages, all in Spanish")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
