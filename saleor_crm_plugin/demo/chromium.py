"""Takes pictures of web pages with whichever Chromium is installed, over its debugging pipe: no driver, no network."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_END = b"\0"


class NoChromiumError(RuntimeError):
    """There is no Chromium, or it does not answer."""


class Chromium:
    """A running browser with one page."""

    def __init__(self, say: int, hear: int) -> None:
        self._say, self._hear, self._heard, self._number = say, hear, b"", 0
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._frame = self._tell("Page.getFrameTree")["frameTree"]["frame"]["id"]

    def picture(self, html: str, width: int, *, dark: bool = False, quality: int = 80) -> bytes:
        """The whole page as WebP, so many pixels wide. It loads nothing: pictures have to stand in the page."""
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self._tell("Emulation.setEmulatedMedia", features=scheme)
        mobile = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
        self._tell("Emulation.setDeviceMetricsOverride", **mobile)
        self._tell("Page.setDocumentContent", frameId=self._frame, html=html)
        loaded = "Promise.all([...document.images].map((one) => one.decode().catch(() => 0)))"
        self._tell("Runtime.evaluate", expression=loaded, awaitPromise=True)
        size = self._tell("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": width, "height": size["height"], "scale": 1}
        shot = self._tell(
            "Page.captureScreenshot", format="webp", quality=quality, clip=clip, captureBeyondViewport=True
        )
        return base64.b64decode(shot["data"])

    def _tell(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._ask(method, self._session, **parameters)

    def _ask(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        rest = json.dumps(message).encode() + _END
        while rest:  # a pipe takes 64 KB at a time
            rest = rest[os.write(self._say, rest) :]
        while True:
            answer = self._answer()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise NoChromiumError(f"{method}: {answer['error'].get('message')}")
                result: dict[str, Any] = answer["result"]
                return result

    def _answer(self) -> dict[str, Any]:
        while _END not in self._heard:
            piece = os.read(self._hear, 1 << 20)
            if not piece:
                raise NoChromiumError("Chromium stopped.")
            self._heard += piece
        answer, _, self._heard = self._heard.partition(_END)
        told: dict[str, Any] = json.loads(answer)
        return told


@contextmanager
def chromium(path: str = "") -> Iterator[Chromium]:
    """A headless Chromium: the one at ``path``, else the first that is found. Raises NoChromiumError."""
    program = path or next(filter(None, map(shutil.which, NAMES)), "")
    if not program:
        raise NoChromiumError(f"There is no Chromium here; looked for {', '.join(NAMES)}.")
    their_end, say = os.pipe()
    hear, their_voice = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        # Chromium reads commands from descriptor 3 and answers on 4.
        command = (
            f'exec 3<&{their_end} 4>&{their_voice}; exec "$0" --headless=new --remote-debugging-pipe --no-sandbox'
            f' --disable-gpu --hide-scrollbars --no-first-run --user-data-dir="{profile}" about:blank'
        )
        process = subprocess.Popen(  # noqa: S603 - the browser that the caller names, and pages of ours
            ["/bin/sh", "-c", command, program],
            pass_fds=(their_end, their_voice),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(their_end)
        os.close(their_voice)
        try:
            yield Chromium(say, hear)
        finally:
            os.close(say)
            os.close(hear)
            process.terminate()
            process.wait(timeout=20)
