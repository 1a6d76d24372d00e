"""Background work: rows written in the action's transaction, run later, each with its effect exactly once.

The rows are the truth. Huey only carries the message "look at row 7" after the commit; if it is lost, the sweeper finds
the row. A worker *claims* a row for a while (``running.LEASE``) and keeps renewing the claim; when the worker is killed
the claim runs out and another goes on. A handler may therefore begin twice, so it is idempotent; or it ends with
``job.finish(session)`` in its own transaction; or it writes through :func:`write_in_chunks`, whose resume mark is
committed together with each chunk. Either way nothing is lost or done twice.

    @job("contacts.renumber")
    def renumber(job: JobContext) -> None:
        write_in_chunks(job, ids_after, renumber_some, mark=lambda id: id)

    with write() as session:
        enqueue(session, "contacts.renumber", {"post": 7}, key="renumber-7")

``models`` the row, ``registry`` handlers by name, ``queue`` asking for work, ``broker`` the message, ``running`` one
job from claim to end, ``chunks`` long writing, ``schedule`` the sweeper and what runs by the clock.
"""

from promo.core.jobs.chunks import write_in_chunks
from promo.core.jobs.models import STATES, Job
from promo.core.jobs.queue import cancel, due, enqueue, find, health
from promo.core.jobs.registry import job, periodic
from promo.core.jobs.running import JobContext, run, run_due, surround

__all__ = [
    "STATES",
    "Job",
    "JobContext",
    "cancel",
    "due",
    "enqueue",
    "find",
    "health",
    "job",
    "periodic",
    "run",
    "run_due",
    "surround",
    "write_in_chunks",
]
