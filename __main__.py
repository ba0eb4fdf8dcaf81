"""`python FOLDER COMMAND`: the command line, also where this folder isn't installed.

As in ComfyUI's custom_nodes, where the folder may have another name, and where Python may keep the
current folder out of its path.
"""

import sys
from importlib import import_module
from pathlib import Path

if __package__:
    from .core.cli import main
else:
    folder = Path(__file__).absolute().parent
    if "." in folder.name:
        sys.exit(f"Rename the folder {folder.name!r} so that its name has no dot.")
    sys.path[0] = str(folder.parent)  # not the folder itself: no module of ours is at the top
    main = import_module(f"{folder.name}.core.cli").main

if __name__ == "__main__":
    main()
