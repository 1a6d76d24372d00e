"""What procedures do by the clock: versions come into force on their date, requests find somebody else."""

from __future__ import annotations

from promo.core import clock
from promo.core.db import session, write
from promo.core.jobs import periodic
from promo.procedures import rerouting, versions


@periodic(minutes=30, name="procedures.in_force")
def bring_into_force() -> None:
    """Bring approved versions into force whose date has come, each in a transaction of its own."""
    due = [v.id for v in versions.due_versions(session(), clock.today())]
    for version_id in due:
        with write() as writing:
            versions.bring_due_into_force(writing, version_id, clock.today())


@periodic(minutes=30, name="procedures.reroute")
def reroute() -> None:
    """Send requests on whose approver is away, gone or no longer holds the function, and those that had nobody."""
    for approval_id in rerouting.open_requests(session()):
        with write() as writing:
            rerouting.reroute(writing, approval_id)
