"""A worker to be killed: ``python -m tests.procedures.version_victim <flush>`` brings versions into force.

It says *half-way* and waits when it has sent the so-many-th change of a version to the database, and *done* at the end.
"""

from __future__ import annotations

import sys
import time
from itertools import count

from sqlalchemy import event
from sqlalchemy.orm import Session

from promo.app import create_app
from promo.procedures import jobs
from promo.procedures.models import ProcedureVersion

flushes = count(1)


def wait(session: Session, _context: object) -> None:
    """Stop where the test wants it to."""
    if any(isinstance(row, ProcedureVersion) for row in session.dirty) and next(flushes) == int(sys.argv[1]):
        print("half-way", flush=True)
        time.sleep(60)


if __name__ == "__main__":
    event.listen(Session, "after_flush", wait)
    with create_app().app_context():
        jobs.bring_into_force()
    print("done", flush=True)
