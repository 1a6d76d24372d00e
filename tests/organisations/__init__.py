"""Tests of promo/organisations."""
