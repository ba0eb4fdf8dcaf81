"""Pinned files (model weights, sample photos): the catalogue, the store and the sessions."""
