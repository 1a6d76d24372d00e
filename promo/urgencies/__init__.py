"""Urgencies (*urgencias*): a record moves on at once although items are missing, which are regularised afterwards."""
