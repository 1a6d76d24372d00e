"""Which posts keep a regional calendar: the subdivision of the ``holidays`` library for a post's city."""

from __future__ import annotations

SUBDIVISIONS = {
    "AR": {"Buenos Aires": "C", "Córdoba": "X", "Mendoza": "M", "La Plata": "B"},
    "AU": {"Canberra": "ACT", "Sídney": "NSW", "Melbourne": "VIC"},
    "BR": {"Brasilia": "DF", "Brasília": "DF", "São Paulo": "SP", "Río de Janeiro": "RJ", "Manaos": "AM"},
    "CA": {"Ottawa": "ON", "Toronto": "ON", "Montreal": "QC", "Vancouver": "BC"},
    "CH": {"Berna": "BE", "Ginebra": "GE", "Zúrich": "ZH"},
    "DE": {"Berlín": "BE", "Hamburgo": "HH", "Fráncfort": "HE", "Fráncfort del Meno": "HE", "Múnich": "BY"},
    "ES": {"Madrid": "MD", "Barcelona": "CT", "Sevilla": "AN", "Valencia": "VC", "Bilbao": "PV"},
    "GB": {"Londres": "ENG"},
    "IT": {"Roma": "RM", "Milán": "MI", "Génova": "GE", "Turín": "TO", "Florencia": "FI"},
    "US": {
        "Washington D. C.": "DC", "Los Ángeles": "CA", "San Francisco": "CA", "Nueva York": "NY", "Miami": "FL",
        "Chicago": "IL", "Houston": "TX", "Dallas": "TX", "Boston": "MA", "Atlanta": "GA", "Denver": "CO",
        "Hartford": "CT", "Paterson": "NJ", "Salt Lake City": "UT", "Phoenix": "AZ", "Seattle": "WA",
    },
}  # fmt: skip
