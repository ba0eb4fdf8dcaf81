"""Deliveries: named sizes and formats, metadata, content credentials, contact sheets, cards."""
