"""Whether a formula is a derivative; if not, where it and the right one part, and why."""
