"""Students who solve recurrent problems by hand: a simulator that shares no code with the package."""
