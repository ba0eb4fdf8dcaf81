"""Skin and small details retouched, gently."""
