"""Checks of arguments, and the one form of error for those that are not valid."""

from tfvae.arguments.values import explained, integer, invalid, keywords, known, number, one_line, shortened

__all__ = ["explained", "integer", "invalid", "keywords", "known", "number", "one_line", "shortened"]
