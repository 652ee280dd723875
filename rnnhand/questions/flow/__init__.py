"""How the gradient travels: factors from step to step, their products, bounds, and a verdict."""
