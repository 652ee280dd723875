"""What can be told of a function of one variable: `analyse`."""
