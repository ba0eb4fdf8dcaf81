"""The user's models: found, licensed, planned into memory, loaded and kept open."""
