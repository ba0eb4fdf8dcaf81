"""The shared core, from photos and faces over identity to generation, scoring and delivery."""
