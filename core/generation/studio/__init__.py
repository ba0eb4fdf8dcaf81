"""The studio generator: headshots from the sitter's own pixels, without a generative model."""
