"""Calendars: which days are off at a post, confirmed by it year by year; decrees that headquarters enters for all."""
