"""Rehearsals (*simulación*): what a draft would have refused, what it would change for the work that is open."""
