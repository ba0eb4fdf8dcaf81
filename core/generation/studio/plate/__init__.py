"""The plate: the sitter cut from a photo, level, from far enough, in neutral colour."""
