"""What a scorecard asks of a picture, one file a question."""
