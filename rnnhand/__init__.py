"""rnnhand solves by hand, step by step, what students of recurrent networks solve by hand."""

__version__ = "0.1.0"
