"""Tests of promo/contacts."""
