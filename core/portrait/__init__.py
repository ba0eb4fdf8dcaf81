"""A picture of a face and what is measured of it."""
