"""Open eyes or a closed mouth transferred from another photo of the same sitter."""
