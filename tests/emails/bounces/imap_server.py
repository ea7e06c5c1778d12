"""A small IMAP server with one mailbox: as much of RFC 3501 as reading needs, over a real socket."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from socketserver import StreamRequestHandler, ThreadingTCPServer
from ssl import SSLContext, SSLSocket
from threading import Thread


@dataclass
class Mailbox:
    """What is in it by UID, and what it was asked."""

    mails: dict[int, bytes] = field(default_factory=dict)
    validity: int = 1
    port: int = 0
    password: str = "secret"
    commands: list[str] = field(default_factory=list)
    hangs_up_at: int = 0  # when this message is asked for
    refused: dict[int, str] = field(default_factory=dict)  # what is said in place of a message
    tls: SSLContext | None = None
    starttls: bool = False
    encrypted: int = 0  # connections

    def deliver(self, raw: bytes) -> None:
        self.mails[max(self.mails, default=0) + 1] = raw


class _Handler(StreamRequestHandler):
    box: Mailbox

    def setup(self) -> None:
        if self.box.tls and not self.box.starttls:
            self._encrypt()
        super().setup()

    def finish(self) -> None:
        super().finish()
        self.request.close()  # the server knows but the socket beneath it

    def handle(self) -> None:
        self._say("* OK here")
        while line := self.rfile.readline().decode("ascii", "replace").strip():
            tag, _, command = line.partition(" ")
            self.box.commands.append(re.sub(r"^LOGIN .*", "LOGIN", command))
            if command.startswith(f"UID FETCH {self.box.hangs_up_at} "):
                return
            answer = self._answer(command)
            self._say(f"{tag} {answer}")
            if command == "STARTTLS":
                self._encrypt()
                super().setup()
            if command == "LOGOUT":
                return

    def _answer(self, command: str) -> str:
        name = command.split(" ")[0].upper()
        if name == "CAPABILITY":
            offers = self.box.tls and self.box.starttls and not isinstance(self.request, SSLSocket)
            self._say(f"* CAPABILITY IMAP4rev1{' STARTTLS' if offers else ''}")
        elif name == "LOGIN":
            return "OK in" if self.box.password in command else "NO wrong password for ada@example.com"
        elif name == "EXAMINE":
            if "INBOX" not in command:
                return "NO there is none"
            self._say(f"* {len(self.box.mails)} EXISTS", f"* OK [UIDVALIDITY {self.box.validity}] valid")
            return "OK [READ-ONLY] done"
        elif match := re.fullmatch(r"UID SEARCH UID (\d+):\*", command):
            after = [uid for uid in self.box.mails if uid >= int(match[1])] or list(self.box.mails)[-1:]
            self._say(" ".join(["* SEARCH", *map(str, after)]))
        elif match := re.fullmatch(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", command):
            if int(match[1]) in self.box.refused:
                return self.box.refused[int(match[1])]
            raw = self.box.mails[int(match[1])][: int(match[2])]
            self.wfile.write(f"* 1 FETCH (UID {match[1]} BODY[]<0> {{{len(raw)}}}\r\n".encode() + raw + b")\r\n")
        elif name not in ("LOGOUT", "STARTTLS"):
            return "BAD what?"
        return "OK done"

    def _encrypt(self) -> None:
        assert self.box.tls
        self.request = self.box.tls.wrap_socket(self.request, server_side=True)
        self.box.encrypted += 1

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that do not trust us hang up."""


@contextmanager
def listening(tls: SSLContext | None = None, *, starttls: bool = False) -> Iterator[Mailbox]:
    """A server on a free port; with ``tls`` it encrypts, from the first byte or by STARTTLS."""
    box = Mailbox(tls=tls, starttls=starttls)
    with _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"box": box})) as server:
        box.port = server.server_address[1]
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield box
        server.shutdown()
