"""Evidence that proves itself: packs of files, data and events of the trail, to be verified without Promo.

* ``events``: events with their values, salts and place in the tree, for many records at once; some values left out;
* ``pack``: a ZIP whose manifest has the digest of every member and is signed by the key that signs checkpoints;
* ``verify``: what goes into each pack to verify it: the standard library and ``cryptography``, no import of Promo;
* ``departures``: exceptions, urgencies, nonconforming outputs: whoever keeps some registers how they are told;
* ``live``: what shows that a clause of ISO 9001 is lived: a feature registers its counts with their pages.
"""

from promo.core.evidence.departures import Departure, Section, sections
from promo.core.evidence.events import Happened, happened, proofs
from promo.core.evidence.live import Live
from promo.core.evidence.pack import Pack

__all__ = ["Departure", "Happened", "Live", "Pack", "Section", "happened", "proofs", "sections"]
