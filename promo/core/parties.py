"""Numbers that identify and reach a person or firm: tax ids, telephones, e-mails, addresses on the web.

Each function returns the normal form or raises :class:`Refused` with what to do.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l
from stdnum import get_cc_module
from stdnum.exceptions import ValidationError as WrongNumber

from promo.core.errors import Reason, Refused
from promo.core.fields import CONTROL, CONTROLLED

TAX_NUMBERS = {
    "PE": "ruc", "CL": "rut", "CO": "nit", "EC": "ruc", "AR": "cuit", "BR": "cnpj", "MX": "rfc", "PY": "ruc",
    "UY": "rut", "VE": "rif", "CR": "cpj", "DO": "rnc", "GT": "nit", "SV": "nit", "CN": "uscc", "KR": "brn",
    "JP": "cn", "IN": "gstin", "AU": "abn", "CA": "bn", "US": "ein", "IL": "hp", "ID": "npwp", "TR": "vkn",
    "RU": "inn", "NZ": "ird", "NO": "orgnr", "CH": "uid", "ZA": "tin", "TH": "tin", "TW": "ubn", "SG": "uen",
}  # fmt: skip
"""The number by which each country identifies a firm, as python-stdnum names it; elsewhere its VAT number."""


def added_name(text: str, most: int, field: str) -> str | None:
    """Return the name behind a ``+``, by which somebody is added in place; None for any other text."""
    name = text.strip().removeprefix("+").strip() if text.strip().startswith("+") else ""
    if len(name) > most:
        raise Refused(Reason(_l("At most %(limit)s characters, please.", limit=most), field))
    if CONTROL.search(name):
        raise Refused(Reason(CONTROLLED, field))
    return name or None


def tax_id(number: str | None, country: str | None, field: str = "tax_id") -> str | None:
    """Return the compact tax id, its check digit verified where python-stdnum knows the country's rule.

    A number of another country, or of one without a known rule, is kept as typed.
    """
    if not number:
        return None
    module = get_cc_module(country.lower(), TAX_NUMBERS.get(country, "vat")) if country else None
    if module is None:
        return number.strip()[:40]
    try:
        return str(module.validate(re.sub(r"[\s./-]", "", number)))
    except WrongNumber:
        name = TAX_NUMBERS.get(country or "", "VAT").upper()
        message = _l(
            "This is not a valid %(name)s of %(country)s: check the digits, the last one included.",
            name=name,
            country=country,
        )
        raise Refused(Reason(message, field)) from None


def phone(number: str, country: str | None, field: str = "phones") -> str:
    """Return a telephone number in international form, ``+13105550134`` (ITU-T E.164)."""
    try:
        parsed = phonenumbers.parse(number, country)
        possible = phonenumbers.is_possible_number(parsed)
    except phonenumbers.NumberParseException:
        possible = False
    if not possible:
        message = _l("“%(number)s” is not a telephone number. Begin with + and the country's code.", number=number[:40])
        raise Refused(Reason(message, field))
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def show_phone(number: str) -> str:
    """Return a stored number grouped for reading: ``+1 310-555-0134``."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def email(address: str, field: str = "emails") -> str:
    """Return an e-mail address in its normal form (RFC 5321, 5322, 6531); its domain is not looked up."""
    try:
        return validate_email(address, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        message = _l("“%(address)s” is not an e-mail address. Write it as name@example.com.", address=address[:80])
        raise Refused(Reason(message, field)) from None


def web(address: str | None, field: str = "web") -> str | None:
    """Return an address on the web with its scheme; only http and https."""
    if not address:
        return None
    full = address if re.match(r"^[a-z][a-z0-9+.-]*:", address, re.IGNORECASE) else f"https://{address}"
    parts = urlsplit(full)
    if parts.scheme.lower() not in ("http", "https") or "." not in parts.netloc or re.search(r"\s", full):
        raise Refused(Reason(_l("Write the address as www.example.com."), field))
    return full
