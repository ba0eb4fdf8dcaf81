"""Pictures painted by the user's own diffusion model, starting from the studio's composite."""
