"""The authenticity card: what a delivered picture is, how like the sitter, and what was changed."""
