"""Chooses the sitter's photos to work from, and loads them."""
