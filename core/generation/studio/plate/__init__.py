"""Plates: sitters cut out of photos, levelled, with normal perspective and neutral colour."""
