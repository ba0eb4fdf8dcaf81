"""Recipes with nodes of ComfyUI and other packs; a running ComfyUI runs those, see `--comfy`."""
