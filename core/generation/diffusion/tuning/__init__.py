"""Tunes a diffusion model to one sitter: a LoRA, and a discriminator of real and generated."""
