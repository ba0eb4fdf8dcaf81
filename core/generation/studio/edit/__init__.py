"""Relights finished pictures, or replaces their backdrop."""
