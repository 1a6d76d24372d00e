"""The trail for people and commands: a record's history (*historial*), everything that happened, whether it is whole.

What the trail is and how it is kept stands in ``core/audit``; here it is told in words and proved.
"""
