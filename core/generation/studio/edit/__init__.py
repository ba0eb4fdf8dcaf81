"""Finished pictures relit, or set before another backdrop."""
