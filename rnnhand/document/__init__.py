"""The closed set of blocks a worked solution is made of. No format, no width, no colour."""
