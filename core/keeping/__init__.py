"""Puts the sitter's own pixels back into a picture that another program edited.

`keeper.keep_sitter` is the way in: it registers the edited picture to the original, refuses what is
not the sitter, takes the drift of colours off, and joins the two.
"""
