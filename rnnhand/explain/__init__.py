"""Values → steps and sentences: what a person would write down."""
