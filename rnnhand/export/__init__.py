"""The equations of a problem as a program for a numerical library."""
