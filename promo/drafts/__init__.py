"""Drafts of procedures: the quality officer writes them as plain data, by forms, without YAML.

A *draft* is a version that nobody has handed in; an *edition* is its text after one change, a *place* a path in it, a
*part* what one field of a form holds.
"""
