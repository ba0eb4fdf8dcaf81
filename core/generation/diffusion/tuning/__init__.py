"""A diffusion model tuned to one sitter: a LoRA, and a discriminator that tells real from made."""
