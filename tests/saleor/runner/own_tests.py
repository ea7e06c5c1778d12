"""Saleor's own tests, which must stay green with us installed.

Saleor's test settings empty PLUGINS, so that "installed" means: our app, its tables, what it does at
start. ``plugin_on`` goes further and lets our hooks run in each of its tests.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.saleor.runner.checkouts import Checkout
from tests.saleor.runner.database import empty_dump, restore
from tests.saleor.runner.environment import ROOT, install, uninstall
from tests.saleor.runner.session import call, servers

_PATHS = Path(__file__).resolve().parents[1] / "saleor_tests.txt"

_NOT_FOR_THEM = ("DJANGO_SETTINGS_MODULE", "EMAIL_URL", "PUBLIC_URL", "CELERY_RESULT_BACKEND", "PYTHONWARNINGS")


@contextmanager
def run(checkout: Checkout, without_us: bool, plugin_on: bool, for_pytest: list[str]) -> Iterator[tuple[Path, int]]:
    """Run them as Saleor does (xdist, its own settings, --reuse-db); gives the report and pytest's exit code."""
    named = [option for option in for_pytest if option.startswith("saleor/")]
    options = [option for option in for_pytest if option not in named]
    listed = [line for line in _PATHS.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    paths = [path for path in named or listed if (checkout.path / path.partition("::")[0]).exists()]
    with servers(checkout) as session:
        dump = empty_dump(checkout, session.server, session.environment)
        workers = os.cpu_count() or 2
        for number in range(workers):
            restore(dump, session.server, f"test_saleor_gw{number}")
        if without_us:
            uninstall(checkout)
        else:
            install(checkout)
        settings = "tests.saleor.settings_plugin_on" if plugin_on else "saleor.tests.settings"
        environment = {name: value for name, value in session.environment.items() if name not in _NOT_FOR_THEM}
        environment["PYTHONPATH"] = f"{checkout.path}:{ROOT}" if plugin_on else str(checkout.path)
        report = session.directory / "report.xml"
        command: list[str | Path] = [checkout.python, "-m", "pytest", "-n", str(workers), "--reuse-db", "-q"]
        command += [f"--ds={settings}", "--junitxml", report, *options, *paths]
        code = call(command, cwd=checkout.path, env=environment)
        yield report, code
