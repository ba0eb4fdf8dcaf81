"""For how many days sitters are kept: usually, and at most."""

USUAL_DAYS = 30
MOST_DAYS = 365
