"""Tests of promo/activities."""
