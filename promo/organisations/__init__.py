"""Organisations: firms, chambers, media and public bodies, shared by the whole ministry unless marked otherwise."""
