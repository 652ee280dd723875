"""Students who solve recurrent problems by hand; they share no code with the package."""
