"""Messages as they were written: for administrators, and for anybody where all is invented."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, request, url_for

from promo.accounts.blueprints import outbox as blueprint
from promo.config import settings
from promo.core import outbox
from promo.core.records import id_in
from promo.web.guard import may
from promo.web.pages import page
from promo.web.transaction import session

PAGE = 50


def _readers(action: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Ask for the permission, but in a demonstration not even for sign-in: a forgotten password is read here."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        asked = may(action)(view)

        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            return view(*args, **kwargs) if settings().demo else asked(*args, **kwargs)

        guarded.permission = action  # type: ignore[attr-defined]
        return guarded

    return decorate


@blueprint.get("")
@_readers("outbox.index")
def index() -> Response:
    """The newest messages."""
    before = id_in(request.args.get("before")) or None
    found = outbox.messages(session(), PAGE + 1, before)
    older = url_for("outbox.index", before=found[PAGE - 1].id) if len(found) > PAGE else None
    return page("outbox/index.html", messages=found[:PAGE], older=older, server=bool(settings().mail_url))


@blueprint.get("/<int:id_>")
@_readers("outbox.show")
def show(id_: int) -> Response:
    """One message."""
    return page("outbox/show.html", message=outbox.message(session(), id_))
