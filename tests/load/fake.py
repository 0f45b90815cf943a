"""A server of the Redis protocol that can be told to go wrong.

It serves all connections in one thread: when it sleeps, everybody waits.
"""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Callable

Words = list[bytes]


def bulk(value: bytes) -> bytes:
    return b"$%d\r\n%s\r\n" % (len(value), value)


def take_command(data: bytearray) -> Words | None:
    """Removes the first command, an array of strings, if it is whole."""
    at = 0

    def line() -> bytes | None:
        nonlocal at
        end = data.find(b"\r\n", at)
        if end < 0:
            return None
        found = bytes(data[at:end])
        at = end + 2
        return found

    head = line()
    if head is None:
        return None
    words = []
    for _ in range(int(head[1:])):
        size = line()
        if size is None or len(data) < at + int(size[1:]) + 2:
            return None
        words.append(bytes(data[at : at + int(size[1:])]))
        at += int(size[1:]) + 2
    del data[:at]
    return words


class Fake:
    """Keeps what is SET. `answer` is asked for the bytes that answer a command;
    None closes the connection. It may call `serve`, which is what a good server
    does."""

    def __init__(
        self, answer: Callable[[Fake, Words], bytes | None] | None = None, port: int = 0
    ) -> None:
        self.answer = answer or Fake.serve
        self.values: dict[bytes, bytes] = {}
        self.commands: list[Words] = []
        self.selector = selectors.DefaultSelector()
        self.received: dict[socket.socket, bytearray] = {}
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self.listener.getsockname()[1]
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.stopping = False
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self) -> Fake:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def target(self) -> str:
        return f"--target=127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Closes everything; whoever connects is refused."""
        self.stopping = True
        if self.thread is not threading.current_thread():
            self.thread.join()

    def serve(self, words: Words) -> bytes:
        if words[0] == b"SET":
            self.values[words[1]] = words[2]
            return b"+OK\r\n"
        if words[1] not in self.values:
            return b"$-1\r\n"
        return bulk(self.values[words[1]])

    def run(self) -> None:
        while not self.stopping:
            for key, _ in self.selector.select(timeout=0.02):
                if key.fileobj is self.listener:
                    self.accept()
                elif isinstance(key.fileobj, socket.socket):
                    self.read(key.fileobj)
        for connection in [self.listener, *self.received]:
            connection.close()
        self.selector.close()

    def accept(self) -> None:
        connection, _ = self.listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received[connection] = bytearray()
        self.selector.register(connection, selectors.EVENT_READ)

    def close(self, connection: socket.socket) -> None:
        self.selector.unregister(connection)
        del self.received[connection]
        connection.close()

    def read(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(1 << 16)
        except ConnectionError:
            data = b""
        if not data:
            self.close(connection)
            return
        self.received[connection] += data
        while words := take_command(self.received[connection]):
            self.commands.append(words)
            answer = self.answer(self, words)
            try:
                if answer is not None:
                    connection.sendall(answer)
            except ConnectionError:
                answer = None
            if answer is None or self.stopping:
                self.close(connection)
                return
