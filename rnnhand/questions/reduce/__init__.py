"""What makes one cell another: the search, what was found or what stands in the way, its page."""
