"""Deliveries: named sizes and formats, metadata that says what a picture is, contact sheets."""
