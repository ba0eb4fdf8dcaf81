"""Recipes with steps of ComfyUI itself in them; only ComfyUI runs these."""
