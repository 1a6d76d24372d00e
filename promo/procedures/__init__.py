"""The documented procedure is the program: versions of procedures, and the runs of records under them.

A *definition* is a YAML or JSON document (``library/``, ``schema.json``); a *version* is one approved definition; a
*run* pins one record to one version and stands in one of its stages; the *checklist* says what is missing before it may
move on; ``actions.advance`` is the only way to another stage.
"""
