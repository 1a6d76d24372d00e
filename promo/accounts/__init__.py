"""People, roles, functions held, sign-in and sessions. Who asks is found in ``wiring.py`` by ``queries.signed_in``."""
