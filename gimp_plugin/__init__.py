"""The plug-in for GIMP 3, in the folder `headshots`: GIMP runs it, with the standard library alone.

`headshots gimp-install` copies it into GIMP; see docs/gimp.md.
"""
