"""Nonconforming outputs (*salidas no conformes*): what was late, skipped or wrong, found after and put right."""
