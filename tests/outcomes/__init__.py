"""Tests of promo/outcomes."""
