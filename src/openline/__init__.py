"""Openline: the line between two control centres that share one sky. See docs/architecture.md."""

__version__ = "0.1.0"
