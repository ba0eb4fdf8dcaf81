"""The files of the built-in page."""
