"""Reports: the figures of posts for a period, the rows behind each, and the same as a workbook.

A *measure* is one figure, declared once in ``measures.py``; a *scope* is the period and the posts, pillar and country
that a report is of; a *cell* is what a measure comes to in one place of a breakdown.
"""
