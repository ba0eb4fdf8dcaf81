"""Our steps as ComfyUI nodes. Nothing outside this folder knows ComfyUI."""
