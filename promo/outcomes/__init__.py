"""Outcomes: what acts led to: a sale, an investment, visitors, an opening, an agreement; expected is never added to declared."""
