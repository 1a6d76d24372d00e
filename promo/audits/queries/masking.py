"""What of a record is personal, and to whom it is shown.

Quality reads everything; an auditor all but what is described as sensitive; a guest nothing that tells of people
outside the ministry, unless quality opened it to them. Who acted in the ministry's name is never masked: that is the
evidence.
"""

from __future__ import annotations

from enum import IntEnum

from promo.core import audit
from promo.core.access import GUEST, Viewer
from promo.core.audit import Hide

MASK = "•••"
PEOPLE = frozenset({"contact", "position", "contact_email", "contact_phone", "consent"})  # every value is somebody's
ABOUT_PEOPLE = frozenset({"contact", "activity"})  # kinds whose title names somebody
FIELDS = frozenset(  # values that name people: texts of what was said, names of files, what an approver was shown
    {
        ("activity", "title"),
        ("activity", "text"),
        ("activity", "next_step"),
        ("act_participant", "note"),
        ("approval", "snapshot"),
        ("file", "name"),
        ("task", "title"),
    }
)


class Level(IntEnum):
    """How much is masked."""

    NOTHING = 0
    SENSITIVE = 1
    PERSONAL = 2

    @property
    def withholds(self) -> bool:
        """Whether what can't be masked (what a document holds) is left out."""
        return self is Level.PERSONAL

    @property
    def hide(self) -> Hide:
        """Return what tells whether a value is masked."""
        return (audit.nothing, audit.sensitive, personal)[self]

    def title(self, kind: str, title: str) -> str:
        """Return the title of a record, masked when it names somebody."""
        return MASK if self is Level.PERSONAL and kind in ABOUT_PEOPLE else title


def personal(kind: str | None, part: str | None, name: str) -> bool:
    """Whether a value tells of somebody outside the ministry."""
    own = kind or part or ""
    return own in PEOPLE or (own, name) in FIELDS or audit.sensitive(kind, part, name)


def level_of(viewer: Viewer | None, *, opened: bool = False) -> Level:
    """Return how much is masked for somebody; ``opened``: quality opened personal data to this guest.

    None is whoever gives commands on the server.
    """
    if viewer is not None and viewer.has("quality"):
        return Level.NOTHING
    if viewer is not None and viewer.roles <= {GUEST}:
        return Level.NOTHING if opened else Level.PERSONAL
    return Level.SENSITIVE
