"""Moves of open work to a newer version of its procedure: asked by who works on it, approved by quality."""
