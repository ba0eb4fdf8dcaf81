"""Runs other packs' nodes in running ComfyUIs; see docs/recipes.md."""
