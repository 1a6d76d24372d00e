"""Audits: samples that can be drawn again, evidence packs (*expedientes de evidencias*), clauses of ISO 9001.

A sample's population is fixed at a seal of the trail and kept; a pack proves what it holds without Promo. External
auditors are guests: they read the samples that quality named to them (``promo/guests`` has the pages that invite them).
"""
