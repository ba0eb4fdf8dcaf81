"""The steps' functions: they translate links and constants into calls of the core and back."""
