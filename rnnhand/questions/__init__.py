"""What can be asked of a problem: one file a question."""
