"""headshots: portraits that are truly the sitter, inside the tools photographers already use."""

__version__ = "0.1.0"
