"""Printed documents: PDF set by Typst from a template and plain data, tagged for screen readers (PDF/UA-1).

A feature keeps its template in a folder ``typst`` of its own, written on the base style of this package:

    #import "/core/documents/typst/base.typ": *
    #show: sheet.with(head: [...])
    = #data.words.purpose
    #data.purpose

and asks for the document by the template's path below ``promo/``:

    documents.pdf("procedures/typst/procedure.typ", {"title": …, "on": "2026-11-23", …}, "es")

The data are plain (texts, numbers, lists, dictionaries) and reach the template as JSON, never as markup: no text of
theirs is read as an instruction. ``title`` must be there; ``on`` is the day that the file bears, so that the same data
give the same bytes. Words that the template prints come with the data, in the reader's language. A picture is SVG text
within the data, drawn by ``picture``; ``qr`` makes one of an address.

A program of its own sets each document and ends: a procedure of twelve pages takes about half a second. Hundreds of
pages take seconds and belong in a job (``promo/core/exporting`` has the mechanism, with progress).
"""

from promo.core.documents.qr import qr
from promo.core.documents.setting import NotSet, pdf

__all__ = ["NotSet", "pdf", "qr"]
