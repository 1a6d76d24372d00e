"""What DESIGN's section "Who sees what" means for the cast, written by hand: neither ``can`` nor ``visible`` is asked.

A place says whose a record is: *home* a colleague's at Los Angeles (pillar trade), *elsewhere* an officer's in Tokyo
(tourism), *member* the same with Alicia in its team, *own* Alicia's own.
"""

from __future__ import annotations

PARTS = (
    "officer",
    "colleague",
    "other_officer",
    "promoter",
    "manager",
    "hq_manager",
    "quality",
    "auditor",
    "admin",
    "guest",
)

HOME = frozenset({"officer", "colleague", "manager"})
AWAY = frozenset({"other_officer"})
HEADQUARTERS = frozenset({"promoter", "hq_manager", "quality", "auditor"})
READERS = frozenset({"quality", "auditor"})
STAFF = HOME | AWAY | HEADQUARTERS  # an administrator sees no case
OUTSIDE = frozenset({"admin", "guest"})  # nor does a guest, but for what is named to them
WRITERS = STAFF - READERS

SEEN_BY: dict[tuple[str, str], frozenset[str]] = {
    ("home", "shared"): STAFF,
    ("home", "post"): HEADQUARTERS | HOME,
    ("home", "team"): READERS | {"colleague"},
    ("elsewhere", "shared"): STAFF,
    ("elsewhere", "post"): HEADQUARTERS | AWAY,
    ("elsewhere", "team"): READERS | {"other_officer"},
    ("member", "team"): READERS | {"other_officer", "officer"},
    ("own", "team"): READERS | {"officer"},
}
CASES = tuple(SEEN_BY)

# Casework: the post's officers and managers, headquarters for its pillar, the owner and the team.
WORKED_ON_BY: dict[tuple[str, str], frozenset[str]] = {
    ("home", "shared"): HOME | {"hq_manager", "promoter"},
    ("home", "post"): HOME | {"hq_manager", "promoter"},
    ("home", "team"): frozenset({"colleague"}),
    ("elsewhere", "shared"): AWAY | {"hq_manager"},
    ("elsewhere", "post"): AWAY | {"hq_manager"},
    ("elsewhere", "team"): AWAY,
    ("member", "team"): AWAY | {"officer"},
    ("own", "team"): frozenset({"officer"}),
}

# Contacts and organisations that are shared are kept by everybody who writes.
KEPT_BY = WORKED_ON_BY | {("home", "shared"): WRITERS, ("elsewhere", "shared"): WRITERS}

# What somebody logged is corrected by its authors and the managers over them.
CORRECTED_BY: dict[tuple[str, str], frozenset[str]] = {
    ("home", "shared"): frozenset({"colleague", "manager", "hq_manager"}),
    ("home", "post"): frozenset({"colleague", "manager", "hq_manager"}),
    ("home", "team"): frozenset({"colleague"}),
    ("elsewhere", "shared"): AWAY | {"hq_manager"},
    ("elsewhere", "post"): AWAY | {"hq_manager"},
    ("elsewhere", "team"): AWAY,
    ("member", "team"): AWAY,
    ("own", "team"): frozenset({"officer"}),
}

EDITED_BY = {
    "contact": KEPT_BY,
    "organisation": KEPT_BY,
    "activity": CORRECTED_BY,
    "event": WORKED_ON_BY,
    "mission": WORKED_ON_BY,
    "outcome": WORKED_ON_BY,
}
ADDED_AT = {"contact": "/contacts/new", "organisation": "/organisations/new", "activity": "/activities/log",
            "event": "/events/new", "mission": "/missions/new", "outcome": "/outcomes/new"}  # fmt: skip
# Who may open the box that suggests a kind while somebody types, and its address.
SUGGESTED_AT = {
    "contact": (("/contacts/suggest", STAFF), ("/activities/who", WRITERS)),
    "organisation": (("/organisations/suggest", STAFF), ("/activities/who", WRITERS)),
    "activity": (("/outcomes/suggest", WRITERS),),
    "event": (("/outcomes/suggest", WRITERS),),
    "mission": (("/outcomes/suggest", WRITERS),),
    "outcome": (),
}
