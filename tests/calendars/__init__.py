"""Calendars that posts confirm, and the decrees of headquarters."""
