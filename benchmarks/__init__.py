"""Measurements of rnnhand beside other ways to the same numbers: `python -m benchmarks`."""
