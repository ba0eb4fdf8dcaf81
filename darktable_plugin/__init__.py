"""The script for darktable, headshots.lua: it runs in darktable and needs nothing of this package."""
