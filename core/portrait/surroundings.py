"""How much of a photo around the face a headshot can show."""

from __future__ import annotations

# From the middle of the face, in heights of the face, chin to forehead.
ASIDE, ABOVE, BELOW = 2.2, 1.2, 2.8
