"""Acts: what events and trade missions have in common. They may not import each other; both stand on this."""
