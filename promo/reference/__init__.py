"""Reference data: small tables that everything else names, and one set of pages for them."""
