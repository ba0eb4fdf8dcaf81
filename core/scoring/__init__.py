"""Is it truly the sitter, and is it good enough to deliver? Scorecards and the choice."""
