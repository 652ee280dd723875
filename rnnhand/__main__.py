"""`python -m rnnhand`."""

from rnnhand.cli import main

main(prog_name="rnnhand")
