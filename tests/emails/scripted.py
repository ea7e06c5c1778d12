"""A mail server that plays a part: it says what it is told to say, and hangs up where it is told to."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread

HANG_UP = "hang up"
_USUAL = {
    "connect": "220 ready",
    "EHLO": "250 here",
    "MAIL": "250 OK",
    "RCPT": "250 OK",
    "DATA": "354 go on",
    "text": "250 taken",
    "RSET": "250 OK",
    "QUIT": "221 bye",
    "AUTH": "235 welcome",
}


@dataclass
class Server:
    """What the server heard. ``says`` maps a command (or "connect", or "text" for the end of a mail) to its answer.

    An answer may end in "hang up", after which the server does. Connections are served side by side; one more than
    ``most`` is sent away.
    """

    says: dict[str, str]
    port: int = 0
    most: int = 100
    connections: int = 0
    open: int = 0
    commands: list[str] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)

    def count(self, verb: str) -> int:
        return sum(command.upper().startswith(verb) for command in self.commands)


@contextmanager
def serving(says: Mapping[str, str] = {}, most_connections: int = 100) -> Iterator[Server]:
    """A server on this machine, in a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server({**_USUAL, **says}, listener.getsockname()[1], most_connections)
    thread = Thread(target=_serve, args=(listener, server), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(timeout=5)


def _serve(listener: socket.socket, server: Server) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        server.connections += 1
        server.open += 1
        Thread(target=_attend, args=(client, server), daemon=True).start()


def _attend(client: socket.socket, server: Server) -> None:
    with suppress(OSError), client, client.makefile("rb") as lines:
        client.settimeout(5)
        if server.open > server.most:
            _say(client, "421 4.7.0 too many connections")
        else:
            _talk(client, lines, server)
    server.open -= 1


def _talk(client: socket.socket, lines: object, server: Server) -> None:
    """One connection. As strict as real servers: a second MAIL without RSET is refused (RFC 5321, 4.1.4)."""
    in_mail = False
    if not _say(client, server.says["connect"]):
        return
    for line in lines:  # type: ignore[attr-defined]
        command = line.decode().strip()
        verb = command.split(" ")[0].upper()
        server.commands.append(command)
        answer = server.says.get(verb, "502 unknown")
        if verb == "MAIL" and in_mail:
            answer = "503 nested MAIL command"
        in_mail = (in_mail or (verb == "MAIL" and answer.startswith("2"))) and verb != "RSET"
        if not _say(client, answer):
            return
        if verb == "DATA" and answer.startswith("354"):
            text = []
            for part in lines:  # type: ignore[attr-defined]
                if part == b".\r\n":
                    break
                text.append(part)
            server.texts.append(b"".join(text))
            in_mail = False
            if not _say(client, server.says["text"]):
                return


def _say(client: socket.socket, answer: str) -> bool:
    words = answer.removesuffix(HANG_UP).strip()
    if words:
        client.sendall(f"{words}\r\n".encode())
    return not answer.endswith(HANG_UP)
