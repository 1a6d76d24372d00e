"""Everything that leaves Promo as a file: asked for by somebody, built by a job, kept for days, told in the trail.

What can be exported registers a :class:`Builder` under a name; every kind with a list has one already (``lists``). The
feature ``promo/exports`` starts the job, shows how far it is and hands the file over.

    def about(session, viewer, args) -> About: ...            # title, filters in words, about how many rows
    def build(session, viewer, args, path, progress) -> Made: # writes the file; ``path.suffix`` says which format
        with Workbook(path, viewer) as book:
            sheet = book.sheet(_("Outcomes"), heads)
            for row in rows:
                sheet.write(row)
                progress(sheet.rows)
            book.cover(title, lines)
        return Made(sheet.rows, book.notes)

    register(Builder("reports", "reports.export", about, build))

Both are called in the asker's language, with the asker as they are at that moment: whoever has lost a permission since
gets nothing. ``progress(done, total)`` also stops the work when it was called off.
"""

from promo.core.exporting.cells import Head
from promo.core.exporting.csv_file import CsvFile
from promo.core.exporting.models import Export
from promo.core.exporting.registry import FORMATS, About, Builder, Made, Progress, find, register
from promo.core.exporting.workbook import Workbook

__all__ = [
    "FORMATS",
    "About",
    "Builder",
    "CsvFile",
    "Export",
    "Head",
    "Made",
    "Progress",
    "Workbook",
    "find",
    "register",
]
