"""Promo: the economic promotion CRM in which the documented procedure is the program."""
