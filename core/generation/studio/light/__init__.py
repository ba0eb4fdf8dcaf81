"""The light of a look on the sitter: shading, relighting, catchlights."""
