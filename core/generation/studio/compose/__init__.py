"""Framing, compositing with the backdrop tile by tile, grading, and export as layers."""
