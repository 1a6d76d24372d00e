"""Tests of promo/home."""
