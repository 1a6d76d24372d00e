"""What a request of approval may be about besides a step of a stage: an exception, a move to another version …

Each registers its words and what follows from a decision; asking, the route, the inbox, delegating and recalling are
those of every request (``approvals.py``, ``decisions.py``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from promo.core.access import Viewer
from promo.core.errors import Text
from promo.procedures.case import Case
from promo.procedures.models import STEP, Approval


class Effect(Protocol):
    """What a decision on a request does; the request's own state is written already."""

    def __call__(self, session: Session, viewer: Viewer, case: Case, request: Approval) -> None:
        """Write what follows from the decision."""


@dataclass(frozen=True)
class Subject:
    """One kind of decision. ``shown`` gives (label, value) for the approver's page, in the reader's language.

    ``stays``: it goes on waiting when the run moves to another stage; ``outlives``: also when the run is finished.
    ``taken_back`` None: it can't be taken back; ``annulled`` None: nor annulled, its own feature ends it; ``annulled``
    also follows a dispute. ``verbs`` are the words of approving and returning, where others fit.
    """

    name: str
    label: Text
    approved: Effect
    returned: Effect
    recalled: Effect
    shown: Callable[[Session, Case, Approval], list[tuple[str, str]]]
    taken_back: Effect | None = None
    annulled: Effect | None = None
    stays: bool = False
    outlives: bool = False
    verbs: tuple[Text, Text] | None = None


_subjects: dict[str, Subject] = {}
_STEP: Text = _l("Approval")


def register(subject: Subject) -> Subject:
    """Add a kind of decision. Called once, when its module is loaded."""
    _subjects[subject.name] = subject
    return subject


def subject_of(request: Approval) -> Subject | None:
    """Return what a request is about, or None for a step. Raises ``KeyError`` for one that nobody registered."""
    return None if request.subject == STEP else _subjects[request.subject]


def label_of(name: str) -> Text:
    """Return what requests of a subject are called."""
    return _subjects[name].label if name in _subjects else _STEP


def leaves(request: Approval, *, final: bool = False) -> bool:
    """Whether an open request is recalled when its run moves on, or comes to its end (``final``)."""
    subject = subject_of(request)
    return subject is None or not (subject.outlives or (subject.stays and not final))
