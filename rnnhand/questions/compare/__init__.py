"""What differs between two cells: the comparison, its page, its data."""
