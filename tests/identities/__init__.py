"""Exact mathematics that the numbers must obey."""
