"""The addresses of ComfyUIs, and whether pictures of sitters may be sent there."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from ..errors import ComfyuiRemote, HeadshotsError, InputError


@dataclass(frozen=True)
class Address:
    """A ComfyUI's address.

    url: without a slash at its end; it may hold a password.
    """

    url: str

    def __str__(self) -> str:
        """For people: without name and password."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    @property
    def encrypted(self) -> bool:
        """Whether the connection is encrypted."""
        return urlsplit(self.url).scheme == "https"

    @property
    def local(self) -> bool:
        """Whether it is an address of this machine, which may be the end of a tunnel."""
        host = urlsplit(self.url).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")  # RFC 6761


def addresses() -> tuple[Address, ...]:
    """The ComfyUIs named in the settings; may be empty.

    Raises:
        InputError: one is no valid address.
        ComfyuiRemote: one is another machine's, without permission or encryption.
    """
    from ..settings import settings  # `headshots --help` doesn't wait for it

    chosen = settings()
    urls = tuple(_address(each) for each in dict.fromkeys(chosen.comfy.split()))
    for each in urls:
        if each.local:
            continue
        if not chosen.comfy_allow_remote:
            raise ComfyuiRemote(
                f"The ComfyUI {each} is not on this machine",
                "Pictures of your sitters would leave it. Allow that with --allow-remote (for the "
                "server HEADSHOTS_COMFY_ALLOW_REMOTE=true), or have a tunnel end on this machine.",
            )
        if not each.encrypted:
            raise ComfyuiRemote(
                f"The way to the ComfyUI {each} is not encrypted",
                "Use an https address, or a tunnel: ssh -N -L 8188:127.0.0.1:8188 HOST, and then "
                "http://127.0.0.1:8188.",
            )
    return urls


def warnings() -> list[str]:
    """A warning for each place that pictures of sitters are sent to; empty if they stay here."""
    try:
        remote = [str(each) for each in addresses() if not each.local]
    except HeadshotsError as error:  # recipes with nodes of other packs will fail with it
        return [str(error)]
    return [f"Pictures of your sitters leave this machine, for {each}" for each in remote]


def _address(text: str) -> Address:
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a port that is none, half an IPv6 address
        sound = False
    if not sound:
        # Not the text itself: it may hold a password.
        raise InputError("The address of a ComfyUI is none", "Write it like http://127.0.0.1:8188.")
    return Address(text.rstrip("/"))
