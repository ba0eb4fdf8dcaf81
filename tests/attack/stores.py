"""A file store on this machine from which weights are fetched, and the fetching."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import random
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .forked import Child
from .homes import Home

CONTENT = random.Random(0).randbytes(6_000_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
FILE = "attacked.bin"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        start = int(wanted[6:-1]) if wanted else 0
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # who has no room hangs up
            self.wfile.write(CONTENT[start:])

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def fetching(home: Home, name: str, dice: random.Random) -> Child:
    """`fetch` of one pinned file into the machine's own folder of weights."""

    def fetch_it() -> int:
        import os

        from headshots.core.settings import settings
        from headshots.core.weights.catalogue import CATALOGUE, Https, Weight
        from headshots.core.weights.fetch import fetch

        os.environ["HEADSHOTS_WEIGHTS_DIR"] = str(home.folder / "weights")
        settings.cache_clear()
        server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        weight = Weight(
            name="attacked",
            file=FILE,
            sources=(Https(f"http://127.0.0.1:{server.server_port}/file"),),
            sha256=SHA256,
            size=len(CONTENT),
            licence="CC0-1.0",
            commercial=True,
            purpose="is attacked",
        )
        CATALOGUE["attacked"] = weight
        fetch([weight])
        return 0

    if dice.random() < 0.5:
        (home.folder / "weights" / FILE).unlink(missing_ok=True)
    return home.begin(fetch_it)


def torn(home: Home) -> list[str]:
    """What lies among the weights and is not whole."""
    folder = home.folder / "weights"
    if not folder.exists():
        return []
    strange = [path.name for path in folder.iterdir() if path.name not in (FILE, ".downloads")]
    if (folder / FILE).exists():
        whole = hashlib.sha256((folder / FILE).read_bytes()).hexdigest() == SHA256
        strange += [] if whole else [f"{FILE} is not whole"]
    return strange
