"""Running ComfyUIs that run other packs' nodes for us; see docs/recipes.md."""
