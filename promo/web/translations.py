"""The reader's translations, looked up once a request instead of once a word.

A page says some hundred words; Flask-Babel finds out for each anew which language holds.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, g, has_app_context
from flask_babel import Babel, Domain, get_locale
from flask_babel.speaklater import LazyString
from markupsafe import escape


class Words(Domain):
    """The catalogue, with the translations of the present language at hand."""

    def get_translations(self) -> Any:
        """Return the translations of the language that holds now; a forced one is another."""
        if not has_app_context():
            return super().get_translations()
        held = g._get_current_object().__dict__
        known, state = held.get("words"), held.get("_flask_babel")
        if known is not None and known[0] is getattr(state, "babel_locale", None):
            return known[1]
        found = super().get_translations()
        held["words"] = (get_locale(), found)
        return found


def _escaped(text: LazyString) -> str:
    """Return a lazy text for a page. Flask-Babel's own says that it is safe markup, but names of things stand in it."""
    return str(escape(str(text)))


LazyString.__html__ = _escaped


def init_app(app: Flask, babel: Babel) -> None:
    """Let code and templates find their words there."""
    words = babel.domain_instance = Words()
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda one: words.get_translations().ugettext(one),
        ngettext=lambda one, several, number: words.get_translations().ungettext(one, several, number),
        newstyle=True,
        pgettext=lambda context, one: words.get_translations().upgettext(context, one),
        npgettext=lambda context, one, several, number: words.get_translations().unpgettext(
            context, one, several, number
        ),
    )
