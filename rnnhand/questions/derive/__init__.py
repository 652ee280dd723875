"""The gradient as formulas: chain rule, recursion back in time, unrolled form, and their check."""
