"""Versions of procedures on their way into force: review, comments, approval, review when it falls due."""
