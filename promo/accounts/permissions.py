"""Who may do what with people and their own account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from promo.accounts.models import Person
from promo.config import settings
from promo.core.access import ROLES, Grant, Rule, Viewer, administrators, anybody, can, named, rules, signed_in, table


@named(_l("The person, their managers and administrators"))
def for_a_person(viewer: Viewer, record: Any) -> bool:
    """What people do for themselves, or the manager of their post and administrators for them."""
    if not isinstance(record, Person):
        return True
    return record.id == viewer.person_id or viewer.has("admin") or viewer.has_at(record.post_id, "manager")


@named(_l("Administrators; in a demonstration everybody"))
def readers_of_outbox(viewer: Viewer, record: Any) -> bool:
    """Messages hold links that open accounts, so only administrators read them, or anybody where all is invented."""
    return settings().demo or viewer.has("admin")


rules(
    {
        "accounts.index": administrators,
        "accounts.new": administrators,
        "accounts.show": administrators,
        "accounts.edit": administrators,
        "accounts.grant": administrators,
        "accounts.end_grant": administrators,
        "accounts.appoint": administrators,
        "accounts.end_function": administrators,
        "accounts.deactivate": administrators,
        "accounts.reactivate": administrators,
        "accounts.invite": administrators,
        "accounts.forget_factors": administrators,
        "accounts.add_absence": for_a_person,
        "accounts.end_absence": for_a_person,
        "accounts.access": anybody,
        "accounts.me": signed_in,
        "accounts.theme": signed_in,
        "accounts.password": signed_in,
        "accounts.sessions": signed_in,
        "accounts.end_session": signed_in,
        "accounts.end_other_sessions": signed_in,
        "accounts.second_factor": signed_in,
        "accounts.remove_second_factor": signed_in,
        "accounts.recovery_codes": signed_in,
        "accounts.passkey_options": signed_in,
        "accounts.add_passkey": signed_in,
        "accounts.remove_passkey": signed_in,
        "accounts.logout": signed_in,
        "outbox.index": readers_of_outbox,
        "outbox.show": readers_of_outbox,
    }
)


@dataclass(frozen=True)
class Line:
    """A row of "who may do what": the rule, and for each role whether it may do this somewhere."""

    rule: Rule
    roles: tuple[bool, ...]

    @property
    def verb(self) -> str:
        """The action without its feature."""
        return self.rule.action.split(".", 1)[1]


def matrix() -> dict[str, list[Line]]:
    """Return the whole permission table by feature, asked for somebody with one role and no function each time."""
    one_role = [Viewer(0, "", grants=(Grant(role, None if role == "promoter" else 1),)) for role, _label in ROLES]
    features: dict[str, list[Line]] = {}
    for rule in table():
        line = Line(rule, tuple(can(viewer, rule.action) for viewer in one_role))
        features.setdefault(rule.action.split(".")[0], []).append(line)
    return features


def together(lines: list[Line]) -> list[tuple[str, tuple[bool, ...], list[str]]]:
    """Put the actions of a feature together whose words and roles are the same: (words, roles, verbs)."""
    found: dict[tuple[str, tuple[bool, ...]], list[str]] = {}
    for line in lines:
        found.setdefault((str(line.rule.who), line.roles), []).append(line.verb)
    return [(who, roles, verbs) for (who, roles), verbs in found.items()]
