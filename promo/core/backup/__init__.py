"""Backups while people work, and restoring them into an empty place.

A backup is a folder:

* ``manifest.json``: when, which database and schema, rows and digest of each table, files, checkpoint of the trail;
* ``checkpoint.json``: the signed head of the trail, sealed just before the copy;
* ``database/``: one consistent snapshot (SQLite: a copy of the file; PostgreSQL: each table as ``COPY`` writes it);
* ``files/``: the stored files, copied after the snapshot, so every file that it names is there;
* ``keys/``: the keys, readable by their owner only, in a folder of their own so that they can be kept elsewhere.

``tables`` reads and writes tables, ``writing`` makes a backup, ``restoring`` brings one back.
"""

from promo.core.backup.restoring import BadBackup, restore
from promo.core.backup.tables import digests
from promo.core.backup.writing import backup

__all__ = ["BadBackup", "backup", "digests", "restore"]
