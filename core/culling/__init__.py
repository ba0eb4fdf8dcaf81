"""Shoot day: frames from a card judged, the best named, told to other programs by XMP sidecars."""
