"""My day, find anything: pages that read across features."""
