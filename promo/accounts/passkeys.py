"""Passkeys (WebAuthn, level 2): what the browser is asked for, and whether its answer is right.

A passkey with which the device checked its owner (finger, face, PIN) opens the account alone; as the second factor,
after a password, its presence is enough. Nothing is stored here.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json, parse_registration_credential_json
from webauthn.helpers.exceptions import InvalidAuthenticationResponse, InvalidJSONStructure, InvalidRegistrationResponse
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from promo.accounts.models import Passkey, Person
from promo.config import settings

_WRONG = (
    InvalidAuthenticationResponse,
    InvalidRegistrationResponse,
    InvalidJSONStructure,
    ValueError,
    KeyError,
    TypeError,
)


@dataclass(frozen=True)
class Site:
    """The address for which passkeys are made: those of another site are worth nothing here."""

    origin: str
    domain: str


@dataclass(frozen=True)
class Registered:
    """The public half of a new passkey."""

    credential_id: str
    public_key: bytes
    sign_count: int
    transports: list[str]


def site(asked: str) -> Site | None:
    """Return this site, from the settings or (when they name a bare number) the address asked for; None for a number.

    Browsers make passkeys for names only, ``localhost`` included.
    """
    for address in (settings().base_url, asked):
        parts = urlsplit(address)
        if parts.hostname and not _is_number(parts.hostname):
            return Site(f"{parts.scheme}://{parts.netloc}", parts.hostname)
    return None


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def new_handle() -> str:
    """Return the random name by which a device knows a person."""
    return secrets.token_urlsafe(32)


def ask_to_register(here: Site, person: Person, handle: str, existing: Iterable[Passkey]) -> tuple[dict[str, Any], str]:
    """Return what the browser is asked in order to make a passkey, and the challenge it must sign."""
    options = webauthn.generate_registration_options(
        rp_id=here.domain,
        rp_name="Promo",
        user_id=handle.encode(),
        user_name=person.email,
        user_display_name=person.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=_described(existing),
    )
    return json.loads(options_to_json(options)), bytes_to_base64url(options.challenge)


def register(here: Site, answer: str, challenge: str) -> Registered | None:
    """Return the new passkey, or None when the answer is not one to the challenge."""
    try:
        credential = parse_registration_credential_json(answer)
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=here.domain,
            expected_origin=here.origin,
        )
    except _WRONG:
        return None
    transports = [t.value for t in credential.response.transports or []]
    return Registered(bytes_to_base64url(made.credential_id), made.credential_public_key, made.sign_count, transports)


def ask_to_sign(here: Site, allowed: Iterable[Passkey]) -> tuple[dict[str, Any], str]:
    """Return what the browser is asked in order to sign in, and the challenge. Nothing allowed: any it has for us."""
    known = _described(allowed)
    options = webauthn.generate_authentication_options(
        rp_id=here.domain,
        allow_credentials=known,
        user_verification=UserVerificationRequirement.PREFERRED if known else UserVerificationRequirement.REQUIRED,
    )
    return json.loads(options_to_json(options)), bytes_to_base64url(options.challenge)


def credential_id(answer: str) -> str | None:
    """Return which passkey an answer names."""
    try:
        named = json.loads(answer)["id"]
    except _WRONG:
        return None
    return named if isinstance(named, str) and re.fullmatch(r"[\w=-]{1,1400}", named, re.ASCII) else None


def sign(here: Site, answer: str, challenge: str, passkey: Passkey, handle: str | None, *, alone: bool) -> int | None:
    """Return the passkey's new count of uses, or None when the answer is not right.

    ``alone`` (without a password before) needs a device that checked its owner, and the handle of this very person.
    """
    try:
        if alone and json.loads(answer)["response"].get("userHandle") != bytes_to_base64url((handle or "").encode()):
            return None
        done = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=here.domain,
            expected_origin=here.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=alone,
        )
    except (*_WRONG, AttributeError):
        return None
    return done.new_sign_count


def _described(passkeys: Iterable[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(p.credential_id), transports=[AuthenticatorTransport(t) for t in p.transports or []]
        )
        for p in passkeys
    ]
