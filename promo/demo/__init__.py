"""Demonstration data: an invented ministry, invented firms and people. The same seed and date make the same data.

Words: *names* are invented; *people* work in the ministry; *firms*, *contacts* and *activities* are what they keep;
the *store* writes many rows at once; *loading* puts it together.
"""
