"""The identity: what enrolment stores of a sitter, and how it is computed from photos."""
