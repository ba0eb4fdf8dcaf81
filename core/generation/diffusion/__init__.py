"""Pictures painted by a diffusion model of the user's own, begun from the studio's composite."""
