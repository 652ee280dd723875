"""Evaluation of a system under any arithmetic: exact, certified decimal, symbolic, float."""
