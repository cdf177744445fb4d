"""Sockets of the machine that no submission may reach, each with a name that only techniques are told."""

import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

HERE = "127.0.0.1"
#: In a technique's cells these stand for where it may try; they are as free as the kernel gave them.
PLACES: Mapping[str, tuple[str, socket.AddressFamily, socket.SocketKind]] = {
    "@tcp@": ("a port of the machine", socket.AF_INET, socket.SOCK_STREAM),
    "@udp@": ("a datagram port of the machine", socket.AF_INET, socket.SOCK_DGRAM),
    "@abstract@": ("an abstract socket of the machine", socket.AF_UNIX, socket.SOCK_STREAM),
    "@abstract datagrams@": ("an abstract datagram socket", socket.AF_UNIX, socket.SOCK_DGRAM),
    "@path@": ("a socket in a folder of the machine", socket.AF_UNIX, socket.SOCK_STREAM),
    "@path datagrams@": ("a datagram socket in a folder of the machine", socket.AF_UNIX, socket.SOCK_DGRAM),
}


class Listener:
    """Takes calls that nobody answers. Where it could not listen is in ``missing``."""

    def __init__(self, folder: Path) -> None:
        """Listen on this machine alone, and in *folder*, which everybody may enter."""
        self._ends: dict[str, socket.socket] = {}
        self._addresses: dict[str, str] = {}
        self.missing: list[str] = []
        for word, (place, family, kind) in PLACES.items():
            try:
                end = _bound(family, kind, _address(word, folder))
            except OSError as error:
                self.missing.append(f"{place}: {error}")
            else:
                self._ends[place] = end
                self._addresses[word] = _told(end.getsockname())

    def __enter__(self) -> Self:
        """Listen."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Listen no more."""
        for end in self._ends.values():
            end.close()

    def fill(self, source: str) -> str:
        """Return *source* with the addresses it asks for."""
        for word, address in self._addresses.items():
            source = source.replace(word, address)
        return source

    def reached(self) -> list[str]:
        """Return the places that were called since the last look."""
        # All calls are taken: one that waits would be held against the next technique.
        return [place for place, end in self._ends.items() if list(_calls(end))]


def _address(word: str, folder: Path) -> str | tuple[str, int]:
    if word in {"@tcp@", "@udp@"}:
        return HERE, 0
    name = f"redteam-{secrets.token_hex(8)}"
    return str(folder / name) if "path" in word else f"\0{name}"


def _bound(
    family: socket.AddressFamily, kind: socket.SocketKind, address: str | tuple[str, int]
) -> socket.socket:
    end = socket.socket(family, kind)
    try:
        end.bind(address)
        if isinstance(address, str) and address.startswith("/"):
            # Its own rights must not be what keeps a submission out.
            Path(address).chmod(0o777)
        if kind is socket.SOCK_STREAM:
            end.listen(8)
        end.setblocking(False)
    except OSError:
        end.close()
        raise
    return end


def _told(name: object) -> str:
    """Return an address as a technique writes it: a port, a path, an abstract name without its null byte."""
    if isinstance(name, tuple):
        return str(name[1])
    return name.decode().lstrip("\0") if isinstance(name, bytes) else str(name)


def _calls(end: socket.socket) -> Iterator[bool]:
    with suppress(BlockingIOError):
        while True:
            if end.type == socket.SOCK_STREAM:
                end.accept()[0].close()
            else:
                end.recv(4096)
            yield True
