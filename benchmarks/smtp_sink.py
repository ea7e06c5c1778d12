"""A mail server that takes everything as cheaply as it can, in a process of its own: ``with listening(delay=0.02)``.

It waits ``delay`` seconds before each reply, as a server some way off does, takes commands together if it is told to
(``pipelining``), keeps only the ids of the mails, and says how many came.
"""

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

_REPLIES = {b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}
_OFFERS = b"250-sink\r\n250-8BITMIME\r\n"


@dataclass
class Sink:
    """The server as the benchmark sees it."""

    process: subprocess.Popen[str]
    port: int

    def take(self) -> dict[str, Any]:
        """What came since the last time: mails, different ids among them, bytes, seconds of the sink's CPU."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


@contextmanager
def listening(delay: float = 0, pipelining: bool = False) -> Iterator[Sink]:
    """The server, as long as it is needed."""
    command = [sys.executable, "-m", "benchmarks.smtp_sink", str(delay), "PIPELINING" if pipelining else "SIZE"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield Sink(process, int(process.stdout.readline()))
        process.kill()


class _Dialogue(asyncio.Protocol):
    """One connection."""

    def __init__(self, delay: float, offer: str, seen: list[bytes], sizes: list[int]) -> None:
        self._delay, self._seen, self._sizes = delay, seen, sizes
        self._replies = _REPLIES | {b"EHLO": _OFFERS + f"250 {offer}\r\n".encode()}
        self._buffer, self._in_text = bytearray(), False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._say(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            end = b"\r\n.\r\n" if self._in_text else b"\r\n"
            place = self._buffer.find(end, max(0, len(self._buffer) - len(data) - len(end)) if self._in_text else 0)
            if place < 0:
                return
            piece = bytes(self._buffer[:place])
            del self._buffer[: place + len(end)]
            if self._in_text:
                self._in_text = False
                found = re.search(rb"Message-ID:\s*<([^>]+)>", piece[:4000], re.IGNORECASE)
                self._seen.append(found[1] if found else b"")
                self._sizes.append(place)
                self._say(b"250 taken\r\n")
            else:
                verb = piece[:4].upper()
                self._in_text = verb == b"DATA"
                self._say(self._replies.get(verb, b"250 OK\r\n"))

    def _say(self, reply: bytes) -> None:
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, self._transport.write, reply)
        else:
            self._transport.write(reply)


async def _serve(delay: float, offer: str) -> None:
    seen: list[bytes] = []
    sizes: list[int] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Dialogue(delay, offer, seen, sizes), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    used = time.process_time()
    while await loop.run_in_executor(None, sys.stdin.readline):
        now = time.process_time()
        told = {"mails": len(seen), "different": len(set(seen)), "bytes": sum(sizes), "cpu": now - used}
        print(json.dumps(told), flush=True)
        used = now
        seen.clear()
        sizes.clear()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1]), sys.argv[2]))
