"""A picture of a face, and the measurements taken of it."""
