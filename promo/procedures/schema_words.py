"""What a breach of the schema is called, in words that people understand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from jsonschema.exceptions import ValidationError

from promo.core.errors import Text

TYPES: dict[str, Text] = {
    "object": _l("a group of named values"),
    "array": _l("a list"),
    "string": _l("a text"),
    "integer": _l("a whole number"),
    "number": _l("a number"),
    "boolean": _l("true or false"),
}
LANGUAGES: dict[str, Text] = {
    "es": _l("The text in Spanish is missing."),
    "en": _l("The text in English is missing."),
}
_REQUIRED = re.compile("'(.+)' is a required property")
_LONGEST = 60  # characters of what was written that a message repeats


def leaves(error: ValidationError) -> Iterable[ValidationError]:
    """Yield the errors that say something: of alternatives, the one that got furthest."""
    if error.validator == "anyOf" and error.context:
        deepest = max(len(e.path) for e in error.context)
        nearest = [e for e in error.context if len(e.path) == deepest]
        if deepest and len(nearest) < 4:
            for nested in nearest:
                yield from leaves(nested)
            return
    yield error


def say(error: ValidationError) -> Text:
    """Say what is wrong at one place."""
    language = _language(error)
    if language is not None:
        return LANGUAGES[language]
    return _SAYINGS.get(str(error.validator), _other)(error)


def _language(error: ValidationError) -> str | None:
    """Return the language in which a text is missing, when that is what is wrong."""
    at = list(error.absolute_path)
    if error.validator in ("minLength", "pattern") and at and at[-1] in LANGUAGES:
        return str(at[-1])
    missing = _missing(error) if error.validator == "required" else ""
    return missing if missing in LANGUAGES else None


def _missing(error: ValidationError) -> str:
    found = _REQUIRED.search(error.message)
    return found[1] if found else ""


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _names(error: ValidationError) -> str:
    alternatives = error.validator_value if isinstance(error.validator_value, list) else []
    return ", ".join(", ".join(o["required"]) for o in alternatives if isinstance(o, dict) and "required" in o)


def _one_of(error: ValidationError) -> Text:
    names = _names(error)
    return _l("Must have exactly one of: %(names)s.", names=names) if names else _l("Must be exactly one known form.")


def _any_of(error: ValidationError) -> Text:
    names = _names(error)
    return _l("Must have one of: %(names)s.", names=names) if names else _l("Has none of the known forms.")


def _type(error: ValidationError) -> Text:
    wanted = error.validator_value
    types = [wanted] if isinstance(wanted, str) else list(wanted)
    said: Text = TYPES.get(types[0], types[0])
    for one in types[1:]:
        said = _l("%(this)s or %(that)s", this=said, that=TYPES.get(one, one))
    return _l("Must be %(what)s.", what=said)


def _unexpected(error: ValidationError) -> Text:
    known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
    names = ", ".join(f"“{_short(name)}”" for name in error.instance if name not in known)
    return _l("This is unexpected here: %(names)s.", names=names)


def _enum(error: ValidationError) -> Text:
    return _l("Must be one of: %(names)s.", names=", ".join(map(str, error.validator_value)))


def _pattern(error: ValidationError) -> Text:
    return _l("“%(text)s” is not written as a name must be.", text=_short(error.instance))


def _other(_error: ValidationError) -> Text:
    return _l("Does not hold together.")


_SAYINGS: dict[str, Callable[[ValidationError], Text]] = {
    "oneOf": _one_of,
    "anyOf": _any_of,
    "type": _type,
    "required": lambda e: _l("“%(name)s” is missing.", name=_missing(e)),
    "additionalProperties": _unexpected,
    "enum": _enum,
    "const": lambda e: _l("Must be %(what)s.", what=str(e.validator_value)),
    "pattern": _pattern,
    "not": lambda e: _l("This word is not allowed here."),
    "minLength": lambda e: _l("Fill this in."),
    "maxLength": lambda e: _l("At most %(limit)s characters, please.", limit=e.validator_value),
    "minItems": lambda e: _l("There must be at least %(least)s.", least=e.validator_value),
    "maxItems": lambda e: _l("There may be at most %(most)s.", most=e.validator_value),
    "maxProperties": lambda e: _l("There may be at most %(most)s.", most=e.validator_value),
    "uniqueItems": lambda e: _l("The same stands here twice."),
    "minimum": lambda e: _l("Must be at least %(least)s.", least=e.validator_value),
    "maximum": lambda e: _l("Must be at most %(most)s.", most=e.validator_value),
}
