"""Team shoots: a whole company in one run; see docs/batch.md."""
