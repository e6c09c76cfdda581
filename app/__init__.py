"""Opentill: a self-hosted checkout for crypto payments."""

__version__ = "0.1.0"
