"""What can go wrong in a way that people are told about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class Text(Protocol):
    """A text for people: a ``str`` or a lazy translation."""

    def __str__(self) -> str: ...


class PromoError(Exception):
    """Base of all errors that a page explains."""


class NotFound(PromoError):
    """The record does not exist, or the viewer may not see it: the two are not told apart."""


class Forbidden(PromoError):
    """The viewer sees the record but may not do this; ``who`` says who may."""

    def __init__(self, action: str, who: Text | None = None) -> None:
        super().__init__(action)
        self.action, self.who = action, who


@dataclass(frozen=True)
class Reason:
    """One reason of a refusal, the form field it stands at, and the address that mends it."""

    message: Text
    field: str | None = None
    link: str | None = None


class Refused(PromoError):
    """An action was refused for these reasons; nothing was written."""

    def __init__(self, reasons: Sequence[Reason] | Reason | Text) -> None:
        if isinstance(reasons, Reason):
            reasons = [reasons]
        elif not isinstance(reasons, Sequence) or isinstance(reasons, str):
            reasons = [Reason(reasons)]
        self.reasons: list[Reason] = list(reasons)
        super().__init__("; ".join(str(r.message) for r in self.reasons))


@dataclass(frozen=True)
class Difference:
    """One field of a stale edit: what the writer has, and what is stored now."""

    name: str
    label: Text
    mine: Any
    theirs: Any


class Stale(PromoError):
    """Somebody saved the record since the form was opened; both versions are kept for the writer to choose."""

    def __init__(
        self, record_id: int, version: int, differences: Sequence[Difference] = (), changed_by: str = ""
    ) -> None:
        super().__init__(f"record {record_id} is at version {version}")
        self.record_id, self.version, self.changed_by = record_id, version, changed_by
        self.differences = list(differences)


class NestedWrite(RuntimeError):
    """``write()`` was entered inside another ``write()``: a programming error."""


Data = Mapping[str, Any]
