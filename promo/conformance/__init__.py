"""Conformance: how procedures are followed: time, refusals, departures, the paths really taken, a second look."""
