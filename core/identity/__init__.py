"""What enrolment keeps of a sitter, and how it is made from photos."""
