"""Contacts: people outside the ministry, their positions, addresses and consent; shared unless marked otherwise."""
