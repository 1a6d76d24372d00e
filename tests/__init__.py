"""The house's own tests: a folder per feature, and what holds for all of them beside it."""
