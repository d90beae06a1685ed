"""Verdicts from counts: pure functions of the standard library over value types."""
