"""A student's sheet against the key: evaluation with the student's own numbers in place."""
