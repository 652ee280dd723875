"""Every line of a derivation as a claim, and whether numbers bear it out."""
