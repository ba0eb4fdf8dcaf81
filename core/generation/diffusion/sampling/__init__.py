"""Sampling of a batch: paint jobs, the denoising loop, identity guidance, early rejection."""
