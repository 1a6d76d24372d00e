"""Tests of promo/accounts."""
