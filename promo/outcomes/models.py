"""Outcomes. The acts that led to one are record links from it; its evidence stands among the record's files."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from sqlalchemy import Date, ForeignKey, Index, Integer, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from promo.core.fields import info
from promo.core.records import Record

# The roles of the links from an outcome: to the acts that led to it, to the Peruvian firm, to the counterpart.
LED_TO, FIRM, COUNTERPART = TIES = "led_to", "firm", "counterpart"
EVIDENCE = "outcome_evidence"
TYPES = (
    ("export_sale", _l("Export sale")),
    ("investment", _l("Investment")),
    ("tourism", _l("Tourism result")),
    ("gastronomy", _l("Gastronomy result")),
    ("agreement", _l("Agreement")),
)
GRADES = (
    ("expected", _l("Expected")),
    ("agreed", _l("Agreed")),
    ("declared", _l("Declared")),
    ("confirmed", _l("Confirmed")),
    ("verified", _l("Verified")),
    ("sustained", _l("Sustained")),
)
WITHDRAWN = "withdrawn"  # no sum holds it
GRADE_NAMES = (*GRADES, (WITHDRAWN, _l("Withdrawn")))
OPEN_GRADES = ("expected", "declared")  # the others are given under the procedure of confirmed results
FIXED = frozenset({"confirmed", "verified", "sustained"})  # what is corrected by a counter-entry only
ICON = "chart-bar"
LARGE = Decimal(1_000_000)  # in US dollars: above it somebody looks twice at the zeros


class Outcome(Record):
    """One outcome: one market (``country``), sector, pillar and main act. ``starts_on`` is the date of the fact.

    ``usd`` is ``amount`` by the rate named beside it, the one of the date of the fact. ``grade`` is that of its stage;
    without a run it is what was typed. A counter-entry names in ``corrects_id`` the outcome whose amount it takes away.
    """

    __tablename__ = "outcome"

    id: Mapped[int] = mapped_column(ForeignKey("record.id"), primary_key=True)
    outcome_type: Mapped[str] = mapped_column(String(20), info=info(_l("Type"), choices=TYPES))
    grade: Mapped[str] = mapped_column(String(20), info=info(_l("Grade"), choices=GRADE_NAMES))
    main_act_id: Mapped[int] = mapped_column(ForeignKey("record.id"), info=info(_l("Main act"), type="record"))
    organisation_id: Mapped[int | None] = mapped_column(
        ForeignKey("record.id"), info=info(_l("Peruvian firm"), type="record")
    )
    counterpart_id: Mapped[int | None] = mapped_column(
        ForeignKey("record.id"), info=info(_l("Counterpart"), type="record")
    )
    sector_id: Mapped[int | None] = mapped_column(ForeignKey("sector.id"), info=info(_l("Sector"), type="sector"))
    year: Mapped[int] = mapped_column(Integer, info=info(_l("Year")))
    amount: Mapped[Decimal | None] = mapped_column(Numeric(18, 2), info=info(_l("Amount")))
    currency: Mapped[str | None] = mapped_column(String(3), info=info(_l("Currency")))
    usd: Mapped[Decimal | None] = mapped_column(Numeric(18, 2), info=info(_l("Amount in US dollars")))
    rate: Mapped[Decimal | None] = mapped_column(Numeric(18, 8), info=info(_l("Exchange rate")))
    rate_on: Mapped[date | None] = mapped_column(Date, info=info(_l("Date of the exchange rate")))
    rate_source: Mapped[str | None] = mapped_column(String(100), info=info(_l("Source of the exchange rate")))
    known_on: Mapped[date | None] = mapped_column(Date, info=info(_l("Known since")))
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("record.id"), info=info(_l("Corrects"), type="record"))
    note: Mapped[str | None] = mapped_column(String(4000), info=info(_l("What it consists of"), type="long"))

    __table_args__ = (
        Index("ix_outcome_main_act_id", "main_act_id"),
        Index("ix_outcome_organisation_id", "organisation_id"),
        Index("ix_outcome_counterpart_id", "counterpart_id"),
        Index("ix_outcome_corrects_id", "corrects_id"),
    )
    __mapper_args__ = {"polymorphic_identity": "outcome", "inherit_condition": id == Record.id}

    def stand(self, stage: str) -> None:
        """Take the grade of the stage that became the present one; a stage within a grade leaves it as it is."""
        if stage in dict(GRADE_NAMES):
            self.grade = stage

    @property
    def fixed(self) -> bool:
        """Whether it is corrected by a counter-entry only."""
        return self.grade in FIXED
