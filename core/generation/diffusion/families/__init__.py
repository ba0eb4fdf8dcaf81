"""The families of models: how each is detected, prompted and sampled."""
