"""Every SELECT of audits, and what is read from them.

``samples`` samples, case files, guests' scope, registers; ``population`` of what a sample is drawn; ``masking`` what is
personal; ``reading`` everything of some records at once; ``past`` a record at a moment; ``followed`` the first page of
a pack; ``stages`` the data at each stage; ``contents`` what a pack holds, as JSON.
"""

from promo.audits.queries.samples import (
    Listed,
    Picked,
    by_key,
    by_reference,
    guest_of,
    is_guest,
    kept_list,
    level,
    listed,
    pick,
    picks,
    reader,
    record,
    register,
    registers,
    sample,
    samples_of,
)

__all__ = [
    "Listed",
    "Picked",
    "by_key",
    "by_reference",
    "guest_of",
    "is_guest",
    "kept_list",
    "level",
    "listed",
    "pick",
    "picks",
    "reader",
    "record",
    "register",
    "registers",
    "sample",
    "samples_of",
]
