"""Find the Saleor checkouts of this machine."""

import os
import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Checkout:
    """A Saleor source tree with its own environment in ``.venv``."""

    branch: str
    path: Path

    @property
    def python(self) -> Path:
        """The interpreter of its environment."""
        return self.path / ".venv" / "bin" / "python"

    @property
    def version(self) -> str:
        """What its pyproject.toml says that it is."""
        match = re.search(r'^version\s*=\s*"([^"]+)"', (self.path / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
        return match[1] if match else "unknown"

    @property
    def released(self) -> bool:
        """Whether that is a version which shops run, not one that is still being written."""
        return "-" not in self.version


def find_checkouts(branches: list[str]) -> list[Checkout]:
    """The checkout that SALEOR_HOME names, else those below ~/saleor; only the named branches if any are named."""
    home = os.environ.get("SALEOR_HOME")
    below = Path.home() / "saleor"
    candidates = [Path(home).expanduser()] if home else sorted(below.iterdir()) if below.is_dir() else []
    found = [Checkout(path.name, path.resolve()) for path in candidates if _usable(path)]
    return [checkout for checkout in found if not branches or checkout.branch in branches]


def _usable(path: Path) -> bool:
    return (path / "manage.py").is_file() and (path / ".venv" / "bin" / "python").exists()
