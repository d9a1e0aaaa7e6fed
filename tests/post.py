"""A mail server for tests: it takes letters on a port of this machine and keeps them."""

from __future__ import annotations

import email.policy
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

from aiosmtpd.controller import Controller


class Post:
    """The mail server's post: letters that it took, and what it answers. port: where it listens, on 127.0.0.1."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refusal: str | None = None
        self.on_data = lambda: None
        self.port = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.letters.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        self.on_data()
        return "250 OK"

    def last(self) -> EmailMessage:
        return self.letters[-1]

    def to(self, address: str, seconds: float = 90) -> EmailMessage:
        """Return the last letter to `address` and forget it, once one is there."""
        deadline = time.monotonic() + seconds
        while not (own := [letter for letter in self.letters if letter["To"] == address]):
            assert time.monotonic() < deadline, f"no letter to {address} in {seconds} s"
            time.sleep(0.1)
        self.letters.remove(own[-1])
        return own[-1]


@contextmanager
def mail_server() -> Iterator[Post]:
    """Take letters while the block lasts."""
    post = Post()
    with socket.create_server(("127.0.0.1", 0)) as free:
        post.port = free.getsockname()[1]
    controller = Controller(post, hostname="127.0.0.1", port=post.port)
    controller.start()
    try:
        yield post
    finally:
        controller.stop()
