"""Team shoots: headshots of many people in one run; see docs/batch.md."""
