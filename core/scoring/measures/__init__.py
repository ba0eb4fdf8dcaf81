"""The measures of a scorecard, one file a question."""
