"""The authenticity card of a delivered picture: likeness, origin and changes."""
