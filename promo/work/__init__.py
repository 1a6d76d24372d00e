"""What hangs on any record: tasks. A task is a promise of somebody to do something by a day."""
