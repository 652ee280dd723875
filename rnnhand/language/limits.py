"""Bounds on what a stranger's text may ask for. Beyond them there is a message, never a crash."""

FILE_BYTES = 4_000_000
TEXT = 200_000
NAME = 64
DEPTH = 100
YAML_DEPTH = 20
NUMBER = 1_000
EXPONENT = 5_000
POWER = 1_000
STEPS = 1_000_000
SIZE = 100_000
EQUATIONS = 500
INSTANCES = 200_000
ITERATIONS = 10_000
