"""Dressing a sitter anew: where the clothes are, and the words that an edit model needs.

Nothing is painted here. `core/keeping` makes sure who comes out.
"""
