"""Lionrock: an assistant for Hong Kong offices that answers from evidence."""

__all__ = ["__version__"]

__version__ = "0.1.0"
