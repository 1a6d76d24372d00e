"""Outcomes: what acts led to: sales, investments, visitors, agreements. Expected is never added to declared."""
