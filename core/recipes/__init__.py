"""Recipes: the product's steps, joined as ComfyUI API-format JSON and run anywhere."""
