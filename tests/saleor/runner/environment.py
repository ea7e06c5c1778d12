"""Install us into a checkout's environment, and see that nothing of Saleor's changed by it."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.saleor.runner.checkouts import Checkout

ROOT = Path(__file__).resolve().parents[3]
_OURS = "saleor-crm-plugin"
_LIST = """
import importlib.metadata as m
for d in m.distributions():
    print(d.metadata["Name"].lower().replace("_", "-").replace(".", "-"), d.version)
"""


def install(checkout: Checkout) -> None:
    """Install the plugin from this source tree, the SMTP sink, and pytest where it lacks.

    Every version that is there is a constraint of the installation, so that what does not fit is an
    error and never an upgrade; afterwards the versions are compared all the same.
    """
    before = _versions(checkout)
    wanted = [] if "pytest" in before else ["pytest>=8,<10"]
    with tempfile.TemporaryDirectory() as directory:
        constraints = Path(directory) / "constraints.txt"
        constraints.write_text("".join(f"{name}=={version}\n" for name, version in before.items() if name != _OURS))
        with _building():
            _pip(checkout, "install", "-c", str(constraints), "-e", str(ROOT), "aiosmtpd>=1.4.6,<2", *wanted)
    after = _versions(checkout)
    changed = {name: (version, after.get(name)) for name, version in before.items() if after.get(name) != version}
    changed.pop(_OURS, None)
    if changed:
        raise RuntimeError(f"Installing the plugin changed packages of Saleor {checkout.branch}: {changed}")


def uninstall(checkout: Checkout) -> None:
    """Take the plugin out again, if it is there."""
    if _OURS in _versions(checkout):
        _pip(checkout, "uninstall", _OURS, *([] if shutil.which("uv") else ["--yes"]))


@contextmanager
def _building() -> Iterator[None]:
    """One at a time: an editable installation writes into our own source tree."""
    with (Path(tempfile.gettempdir()) / f"saleor-crm-{os.getuid()}.installing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _versions(checkout: Checkout) -> dict[str, str]:
    """Name to version of what is installed (not Saleor itself, which is run from its source)."""
    listing = subprocess.run([checkout.python, "-c", _LIST], check=True, capture_output=True, text=True, cwd="/").stdout
    pairs = (line.split() for line in listing.splitlines())
    return {name: version for name, version in pairs if name != "saleor"}


def _pip(checkout: Checkout, verb: str, *arguments: str) -> None:
    uv = shutil.which("uv")
    command = (
        [uv, "pip", verb, "--quiet", "--python", str(checkout.python)]
        if uv
        else [str(checkout.python), "-m", "pip", verb, "--quiet", "--disable-pip-version-check"]
    )
    done = subprocess.run(
        [*command, *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=checkout.path.parent,
        env=os.environ | {"UV_PYTHON_DOWNLOADS": "never"},
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
