"""Systems of equations over time: what they are, their shapes, and what can be computed when."""
