"""The plug-in for GIMP 3 is in the folder `headshots`; it uses only the standard library and gi.

`headshots gimp-install` copies it into GIMP; see docs/gimp.md.
"""
