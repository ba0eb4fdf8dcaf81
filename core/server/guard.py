"""Access control and size limits, checked before any route sees the request.

Web pages of other origins are refused (Origin header), even if their name resolves to this machine
(DNS rebinding, Host header), and so are other users of this machine (token).
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .limits import Limits
from .problems import respond

_SCRIPTS = (
    "page",
    "calls",
    "closeup",
    "delivering",
    "enrolling",
    "form",
    "looks",
    "making",
    "sheet",
    "side",
)
# The page's own files hold no personal data; the page fetches what it shows with the token.
OPEN_PATHS = (
    "/",
    "/page.css",
    "/icon.svg",
    *(f"/{script}.js" for script in _SCRIPTS),
)
PICTURES_PATH = "/v1/pictures"

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Guard:
    """ASGI middleware.

    Args:
        app: what is guarded.
        port: that the server listens on.
        token: that each request must bear.
        limits: of sizes and times.
        heard: called at each request that is let through.
    """

    def __init__(
        self, app: ASGIApp, *, port: int, token: str, limits: Limits, heard: Callable[[], None]
    ) -> None:
        names = ("127.0.0.1", "localhost", "[::1]")
        self._app = app
        self._hosts = {f"{name}:{port}" for name in names}
        self._origins = {f"http://{host}" for host in self._hosts}
        self._token = f"Bearer {token}".encode()
        self._limits = limits
        self._heard = heard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # no web sockets here; lifespan events pass
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await respond(scope, *refusal)(scope, receive, _hardened(send))
            return
        self._heard()
        body = _Body(receive, self._most(scope), self._limits.body_seconds)
        await self._app(scope, body.receive, _hardened(send))

    def _refusal(self, scope: Scope) -> tuple[int, str, str, str] | None:
        headers = Headers(scope=scope)
        if headers.get("host", "") not in self._hosts:
            return (
                403,
                "server.foreign-host",
                "The request names another host than this server",
                "Call it by 127.0.0.1 and its port.",
            )
        origin = headers.get("origin")
        if origin is not None and origin not in self._origins:
            return (
                403,
                "server.foreign-origin",
                "The request comes from a web page of another origin",
                "Only the server's own page and programs on this machine may call it.",
            )
        if scope["path"] not in OPEN_PATHS:
            token = headers.get("authorization", "").encode("latin-1", "replace")
            if not hmac.compare_digest(token, self._token):
                return (
                    401,
                    "server.token",
                    "The request bears no token, or not this server's",
                    "Read the token from the server's file, which `headshots doctor` names. "
                    "A restarted server has a new one.",
                )
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdecimal():
            return (400, "input.invalid", "The length of the request is no number", "Send it anew.")
        if int(length[:20]) > self._most(scope):
            return _too_large(self._most(scope))
        return None

    def _most(self, scope: Scope) -> int:
        pictures = scope["path"] == PICTURES_PATH
        return self._limits.picture_bytes if pictures else self._limits.json_bytes


class _Body:
    """Hands on the parts of a request body, within limits of size and time."""

    def __init__(self, receive: Receive, most: int, seconds: float) -> None:
        self._receive = receive
        self._remaining = self._most = most
        self._seconds = seconds
        self._whole = False

    async def receive(self) -> Message:
        if self._whole:  # only the end of the connection can follow, at any time
            return await self._receive()
        try:
            async with asyncio.timeout(self._seconds):
                message = await self._receive()
        except TimeoutError:
            raise _refused(
                (
                    408,
                    "server.too-slow",
                    f"Nothing of the request arrived for {self._seconds:g} seconds",
                    "Send it again.",
                )
            ) from None
        self._remaining -= len(message.get("body", b""))
        if self._remaining < 0:
            raise _refused(_too_large(self._most))
        self._whole = not message.get("more_body", False)
        return message


def _refused(answer: tuple[int, str, str, str]) -> HTTPException:
    """A refusal while the body is read: FastAPI hands on only HTTPExceptions unchanged."""
    status, code, what, remedy = answer
    return HTTPException(status, {"code": code, "what": what, "remedy": remedy})


def _too_large(most: int) -> tuple[int, str, str, str]:
    return (
        413,
        "server.too-large",
        f"The request is larger than {most / 2**20:g} MiB",
        "Send a smaller picture, or fewer things at once.",
    )


def _hardened(send: Send) -> Send:
    """`send` with security headers added to each response."""

    async def hardened(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
        await send(message)

    return hardened
