"""Identity adapters, which condition a model on a sitter."""
