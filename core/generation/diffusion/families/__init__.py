"""The families of models: how each is told, prompted, and asked for a picture."""
