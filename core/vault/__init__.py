"""Where a person's data lies. The vault stores bytes under a sitter's name and knows no faces."""
