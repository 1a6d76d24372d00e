"""Invented contacts: people with their positions at the firms, addresses, numbers and consents."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import NamedTuple

from promo.contacts.models import Consent, Contact, ContactEmail, ContactPhone, Position, spoken_name
from promo.core.records import RecordMember
from promo.core.search import fold
from promo.demo import names
from promo.demo.firms import SHARES, VISIBILITIES, Firm, phone
from promo.demo.people import Office
from promo.demo.store import Store

POSITIONS = {
    "es": ("Gerencia de exportaciones", "Gerencia comercial", "Compras", "Dirección", "Ventas receptivas", "Prensa",
           "Logística", "Calidad", "Chef", "Presidencia", "Relaciones institucionales"),
    "en": ("Category buyer", "Head of sourcing", "Managing director", "Product manager", "Food editor",
           "Executive chef", "Vice president, investments", "Trade attaché", "Travel designer", "Owner"),
    "zh": ("采购经理", "总经理", "进口部主管", "市场总监"),
    "ja": ("営業部長", "購買課長", "代表取締役", "編集長"),
    "ko": ("구매팀장", "대표이사", "마케팅 부장", "수입 담당"),
}  # fmt: skip
SOURCES = ("in_person", "in_person", "event", "event", "referral", "enquiry", "public", "activity")
HOW = (
    "Ficha de inscripción firmada",
    "Correo de respuesta",
    "Formulario en línea",
    "De palabra, anotado en la reunión",
)
DOMAIN_OF_NONE = "persona.example"


class Known(NamedTuple):
    """What activities need to know of a contact. ``firm_id`` is that of a firm everybody sees."""

    id: int
    title: str
    shared: bool
    firm_id: int | None


def add_contact(
    store: Store, rng: random.Random, office: Office, firm: Firm | None, at: datetime, *, star: bool = False
) -> Known:
    """Collect one contact with all that belongs to it; a ``star`` is seen by everybody."""
    country = firm.country if firm else office.country
    if rng.random() < names.COMMONEST_SHARE:
        who = names.peruvian(rng, names.COMMONEST)
    else:
        who = names.invent(rng, names.culture(country))
    title = spoken_name(who.given, who.family, who.order)
    local = ".".join(fold(part).replace(" ", "") for part in who.latin)
    email = f"{local}@{firm.domain if firm else DOMAIN_OF_NONE}"
    telephone = phone(rng, country) if rng.random() < 0.7 else None
    visibility = "shared" if star else rng.choices(VISIBILITIES, cum_weights=SHARES)[0]
    owner = rng.choice(office.writers)
    shown_firm = firm.title if firm and firm.shared else None
    id_ = store.add_record(
        "contact", "CT", office, title, at, owner_id=owner, pillar=firm.pillar if firm else "trade", country=country,
        status="active", visibility=visibility, sort=who.romanised or f"{who.family} {who.given}",
        parts=(who.romanised, who.given, who.family, shown_firm, email, telephone),
    )  # fmt: skip
    language = names.LANGUAGE[names.culture(country)]
    position = rng.choice(POSITIONS.get(language, POSITIONS["en"])) if firm else None
    consents = rng.random() < 0.55
    store.add(
        Contact, id=id_, given_name=who.given, family_name=who.family, name_order=who.order, romanised=who.romanised,
        languages=list(dict.fromkeys((language, "en" if rng.random() < 0.6 else "es"))), source=rng.choice(SOURCES),
        organisation_id=firm.id if firm else None, position=position, consent_state="given" if consents else "first",
    )  # fmt: skip
    day = at.date()
    if firm:
        since = day - timedelta(days=rng.randrange(30, 2500))
        store.add(Position, contact_id=id_, organisation_id=firm.id, title=position, since=since, until=None)
        if rng.random() < 0.08:
            before, left = rng.choice(POSITIONS.get(language, POSITIONS["en"])), since - timedelta(days=900)
            store.add(Position, contact_id=id_, organisation_id=None, title=before, since=left, until=since)
    store.add(ContactEmail, contact_id=id_, address=email)
    if telephone:
        store.add(ContactPhone, contact_id=id_, number=telephone, chat=rng.random() < 0.5)
    if consents:
        _consent(store, rng, id_, day)
    if visibility == "team" and len(office.writers) > 1:
        _share(store, rng, id_, office, owner)
    return Known(id_, title, visibility == "shared", firm.id if firm and firm.shared else None)


def _consent(store: Store, rng: random.Random, id_: int, day: date) -> None:
    purpose = rng.choice(("contact", "mailing", "mailing", "sharing"))
    store.add(Consent, contact_id=id_, purpose=purpose, given_on=day, how=rng.choice(HOW))


def _share(store: Store, rng: random.Random, id_: int, office: Office, owner: int) -> None:
    colleague = rng.choice([w for w in office.writers if w != owner])
    store.add(RecordMember, record_id=id_, person_id=colleague, role="member")
