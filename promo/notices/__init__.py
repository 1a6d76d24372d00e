"""Notices: what somebody is told, in Promo and by mail, why, and how they choose to hear of it."""
