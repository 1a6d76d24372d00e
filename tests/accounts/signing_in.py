"""Steps of signing in that several tests take."""

from __future__ import annotations

import base64
import re
from typing import Any

from passlib.totp import TOTP  # type: ignore[import-untyped]
from werkzeug.test import TestResponse

from tests.browser_like import Client
from tests.cast import PASSWORD, Member


def sign_in_as(client: Client, member: Member, password: str = PASSWORD, **typed: Any) -> TestResponse:
    """Send the sign-in form."""
    return client.post("/login", data={"email": member.email, "password": password, **typed})


def is_in(client: Client) -> bool:
    """Whether the browser reaches one's own account."""
    return client.get("/accounts/me").status_code == 200


def found_in(pattern: str, text: str) -> str:
    """Return the one group of a pattern, which must be there."""
    found = re.search(pattern, text)
    assert found, pattern
    return found[1]


def letters_on(page: TestResponse) -> str:
    """Return the secret that the set-up page writes for typing."""
    return found_in(r'class="secret__letters"><code>([A-Z2-7 -]+)</code>', page.text).replace("-", "").replace(" ", "")


def code_of(letters: str, moment: float | None = None) -> str:
    """Return what an authenticator app shows for a secret, now or at another moment."""
    base64.b32decode(letters + "=" * (-len(letters) % 8))
    return str(TOTP(key=letters, format="base32").generate(time=moment).token)


def codes_on(page: TestResponse) -> list[str]:
    """Return the recovery codes that a page shows."""
    return re.findall(r"<li><code>([0-9a-f-]+)</code></li>", page.text)


def set_up_app(client: Client, member: Member) -> tuple[str, list[str]]:
    """Sign in with a role that needs a second step and set an app up; returns its secret and the recovery codes."""
    sign_in_as(client, member)
    letters = letters_on(client.get("/login/set-up"))
    done = client.post("/login/set-up", data={"code": code_of(letters)})
    assert done.status_code == 200, done.text
    return letters, codes_on(done)
