"""Transfers open eyes or a closed mouth from another photo of the same sitter."""
