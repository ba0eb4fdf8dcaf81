"""The script for darktable is headshots.lua; `headshots darktable-install` puts it in.

See docs/editors.md.
"""
