"""Framed, composed with the backdrop tile by tile, and graded; and the same as layers."""
