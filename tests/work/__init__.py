"""Tests of promo/work."""
