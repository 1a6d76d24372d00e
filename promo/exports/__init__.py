"""Exports: asked for from a list or a report, built by a job, fetched by whoever asked (see ``core/exporting``)."""
