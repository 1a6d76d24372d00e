"""``python -m tests.benchmarks.exporter EMAIL SINCE``: the activities since a day as XLSX, as a worker makes them.

Prints rows, seconds from asking to the finished file, and the process's peak memory in MB, as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import time

from promo.accounts import queries as accounts
from promo.app import create_app
from promo.core import clock, exporting, jobs
from promo.core.db import session, write
from promo.exports import actions, queries


def main(email: str, since: str) -> None:
    """Ask for the export as this person, make it, say what it took."""
    began = time.perf_counter()
    person = accounts.person_by_email(session(), email)
    viewer = accounts.viewer_of(session(), person.id, clock.today()) if person else None
    if viewer is None:
        raise SystemExit(f"nobody signs in as {email}")
    about = exporting.find("activities").about(session(), viewer, {"since": since})
    with write() as writing:
        export = actions.start(writing, viewer, "activities", "xlsx", about)
        asked, job = export.id, export.job_id
    assert job is not None
    jobs.run(job)
    made = queries.export(session(), viewer, asked)
    taken, peak = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": made.rows, "seconds": taken, "megabytes": peak}))


if __name__ == "__main__":
    with create_app().app_context():
        main(*sys.argv[1:])
