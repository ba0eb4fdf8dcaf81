"""Scorecards: is it the sitter, is it good enough to deliver, and which pictures to keep."""
