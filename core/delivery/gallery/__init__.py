"""A page to send to one person: their headshots, with the sizes to download."""
