"""How many days sitters are kept: by default, and at most."""

USUAL_DAYS = 30
MOST_DAYS = 365
