"""Stories played in a real browser against a real server."""
