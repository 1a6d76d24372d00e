"""Who may do what with people and their own account."""

from __future__ import annotations

from promo.core.access import administrators, anybody, rules

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
        "accounts.access": anybody,
        "accounts.me": anybody,
        "accounts.theme": anybody,
        "accounts.password": anybody,
        "accounts.end_session": anybody,
        "accounts.logout": anybody,
    }
)
