"""Gentle retouching of skin and small details."""
