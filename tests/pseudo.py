"""The pseudo-locale: every message of the catalogues wrapped in ⟦…⟧, so that a text that came from none is seen.

:func:`strangers` lists the visible texts of a page that came neither from a catalogue nor from data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from gettext import NullTranslations
from typing import Any
from unittest.mock import patch
from zoneinfo import available_timezones

from babel import Locale, localedata
from sqlalchemy import String, Text, select
from sqlalchemy.orm import Session

from promo.accounts.models import Person
from promo.audits import measures
from promo.core.db import Base
from tests.pages import Element, Page

WRAPPED = re.compile(r"⟦[^⟦⟧]*⟧")
WORD = re.compile(r"[^\W\d_]{2,}")
SHOWN = ("aria-label", "title", "placeholder", "alt")
SILENT = ("script", "style", "template", "svg", "code", "kbd")
NAMES = frozenset(
    (
        "Promo",
        "Español",
        "English",
        "PDF",
        "XLSX",
        "CSV",
        "PNG",
        "JPG",
        "US",
        "USD",
        "UTC",
        "Ctrl",
        "Enter",
        "Esc",
        "RUC",
    )
)


class Pseudo(NullTranslations):
    """Translations that mark what they were asked for."""

    def gettext(self, message: str) -> str:
        """Mark a message."""
        return f"⟦{message}⟧" if message else ""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Mark the form for a number."""
        return self.gettext(msgid1 if n == 1 else msgid2)

    ugettext, ungettext = gettext, ngettext


@contextmanager
def pseudo_locale() -> Iterator[None]:
    """Every message in marks while the block runs; dates and numbers stay those of the viewer's language."""
    marks = Pseudo()

    def translations(_domain: Any) -> Pseudo:
        return marks

    with patch("flask_babel.Domain.get_translations", translations):
        yield


def known_words(session: Session) -> frozenset[str]:
    """Return every word in the database, of data that come with Promo, of the calendar, of time zones."""
    words = {*NAMES, *WORD.findall(" ".join(available_timezones()))}
    languages = (Locale.parse(code) for code in localedata.locale_identifiers())
    words.update(word for language in languages for word in WORD.findall(language.display_name or ""))
    words.update(WORD.findall(measures.FILE.read_text("utf-8")))
    for name in session.scalars(select(Person.name)):
        first = [word[0] for word in name.split()]
        words.update((first[0] + first[-1], "".join(first[:2])))
    for locale in (Locale("es", "PE"), Locale("en", "GB")):
        for names_of in (locale.months, locale.days, locale.day_periods):
            for widths in names_of.values():
                for names in widths.values():
                    words.update(WORD.findall(" ".join(names.values())))
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, String | Text):
                for value in session.scalars(select(column).distinct().where(column.is_not(None))):
                    words.update(WORD.findall(str(value)))
    return frozenset(word.casefold() for word in words)


def _unmarked(text: str) -> str:
    """Return what is left of a text when everything in marks is gone, the innermost first."""
    while WRAPPED.search(text):
        text = WRAPPED.sub(" ", text)
    return text


def _texts(page: Page) -> Iterator[tuple[Element, str]]:
    for element in page.elements:
        if element.tag in SILENT or any(element.within(tag) for tag in SILENT):
            continue
        if element.own:
            yield element, " ".join(element.own)
        for attribute in SHOWN:
            yield element, element[attribute]
        if element.tag == "input" and element["type"] in ("submit", "button", "reset"):
            yield element, element["value"]


def strangers(html: str, known: frozenset[str]) -> list[str]:
    """List the visible texts that came neither from a catalogue nor from data."""
    found = []
    for element, text in _texts(Page(html)):
        unknown = [word for word in WORD.findall(_unmarked(text)) if word.casefold() not in known]
        if unknown and not element.attributes.get("lang"):
            found.append(f"{element}: {text.strip()[:80]!r} ({', '.join(unknown[:4])})")
    return found
