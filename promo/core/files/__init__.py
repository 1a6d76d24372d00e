"""Files: sent in pieces into a holding area, checked by content, kept in a store, attached to records.

1. ``begin`` opens an upload and gives its token; ``receive`` takes a piece at an offset (a broken upload goes on where
   it stopped); the last piece makes it ``ready``: its content decides the type, pictures lose their metadata, it is
   hashed, scanned if there is a scanner, and put into the store. ``hold`` does all of it for a plain form.
2. ``attach(session, token, record, category, person_id)`` inside an action ties it to a record. An upload that is
   still on its way is promised, and attached by itself when its last piece is there: the record does not wait.
3. A form that is refused carries the token along; what nobody attached is removed after two days.

``models`` the rows, ``stores`` where bytes lie, ``types`` what is allowed, ``pictures`` what happens to photographs,
``scanning`` the malware scanner's place, ``holding`` uploads, ``attachments`` files of records.
"""

from promo.core.files.attachments import add, archive, attach, find, keep, of_record, open_file, pending, unarchive
from promo.core.files.holding import LIMIT, begin, cancel, hold, name_of, ready, receive, status
from promo.core.files.models import File, Upload
from promo.core.files.scanning import Scanner, use_scanner
from promo.core.files.stores import LocalStore, S3Store, Store, make_store, store

__all__ = [
    "LIMIT",
    "File",
    "LocalStore",
    "S3Store",
    "Scanner",
    "Store",
    "Upload",
    "add",
    "archive",
    "attach",
    "begin",
    "cancel",
    "find",
    "hold",
    "keep",
    "make_store",
    "name_of",
    "of_record",
    "open_file",
    "pending",
    "ready",
    "receive",
    "status",
    "store",
    "unarchive",
    "use_scanner",
]
