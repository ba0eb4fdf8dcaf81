"""Adapters that hold a model to a sitter: installed, attached, conditioned."""
