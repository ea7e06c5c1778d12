# ruff: noqa: T201 - it speaks to whoever runs it
"""Run our tests inside real Saleor: ``python tests/saleor/run.py [--branch 3.23] [pytest options]``.

Finds the Saleor checkouts of this machine, gives each its own PostgreSQL database and Redis,
installs us, migrates, and runs the tests of this folder with Saleor's settings and Saleor's Python.
Several checkouts run beside each other (``--at-once``), two more than there are processors, since they
often wait. A Saleor that is not released yet is asked for what touches Saleor itself, not for the flows,
reports and mails that rest on it, unless it is named (``--branch main``).
With ``--saleor-tests`` it runs Saleor's own tests that must stay green with us installed.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[0] = str(ROOT)  # not this folder: its graphql.py is not the library

from tests.saleor.runner import own_tests  # noqa: E402
from tests.saleor.runner.beside import FAILED, beside_each_other  # noqa: E402
from tests.saleor.runner.checkouts import Checkout, find_checkouts  # noqa: E402
from tests.saleor.runner.servers import MissingError  # noqa: E402
from tests.saleor.runner.session import Session, call, ready  # noqa: E402

# What rests on the rest: where Saleor's tables, hooks and answers are as expected, these are our own affair.
_RESTING = (
    "campaigns", "flow_table", "lost_demand", "mail_answers", "own_words", "people_road", "recommendation_rules",
    "recommendations", "recommendations_refused", "rest_and_rehearse", "segments", "sending", "stock_road",
)  # fmt: skip


@dataclass
class Outcome:
    """How a branch did."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    failures: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def main() -> int:
    """Run on every checkout found; 0 if all that ran passed, and if there was none to run on."""
    arguments, for_pytest = _arguments()
    checkouts = find_checkouts(arguments.branch)
    if not checkouts:
        which = f" of branch {' or '.join(arguments.branch)}" if arguments.branch else ""
        print(f"No Saleor checkout{which} was found, so nothing was tested against real Saleor.")
        print("Set SALEOR_HOME to one, or put some below ~/saleor; each needs manage.py and .venv.")
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped then, too
    at_once = min(len(checkouts), arguments.at_once or (os.cpu_count() or 1) + 2)
    total = Outcome()
    try:
        if at_once > 1:
            return beside_each_other(checkouts, at_once, [__file__, *sys.argv[1:]])
        for checkout in checkouts:
            if arguments.saleor_tests:
                outcome = _saleors_own(checkout, arguments, for_pytest)
            else:
                outcome = _run(checkout, arguments, for_pytest)
            total.passed += outcome.passed
            total.failed += outcome.failed
            total.skipped += outcome.skipped
            total.failures += outcome.failures
    except MissingError as problem:
        print(problem)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; the servers are down again.")
        return 130
    # Last, where nobody has to look for them above the logs of the servers.
    print(f"Real Saleor ({', '.join(checkout.branch for checkout in checkouts)}): {total}.", *total.failures, sep="\n")
    return 1 if total.failed else 0


def _run(checkout: Checkout, arguments: argparse.Namespace, for_pytest: list[str]) -> Outcome:
    started = time.monotonic()
    print(f"Saleor {checkout.version} ({checkout.path}): preparing", flush=True)
    try:
        with ready(checkout) as session:
            print(f"Saleor {checkout.version}: ready after {time.monotonic() - started:.0f} s", flush=True)
            report = session.directory / "report.xml"
            command: list[str | Path] = [checkout.python, "-m", "pytest", "-c", HERE / "pytest.ini", "--rootdir", HERE]
            command += ["--confcutdir", HERE, "--junitxml", report, *(["-k", arguments.k] if arguments.k else [])]
            if not checkout.released and not arguments.branch:
                command += [f"--ignore={HERE / f'test_{subject}.py'}" for subject in _RESTING]
                print(f"Saleor {checkout.version} is not released: without {', '.join(_RESTING)}", flush=True)
            # Saleor's pytest plugins would bring a test database of their own.
            environment = session.environment | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
            code = call([*command, *for_pytest, HERE], cwd=checkout.path, env=environment)
            outcome = _outcome(report, code)
            if outcome.failed:
                _show_logs(session)
    except (RuntimeError, subprocess.CalledProcessError) as problem:
        if isinstance(problem, MissingError):
            raise
        print(f"Saleor {checkout.version}: could not be prepared. {problem}")
        outcome = Outcome(failed=1)
    print(f"Saleor {checkout.version}: {outcome}, {time.monotonic() - started:.0f} s in all", flush=True)
    return outcome


def _saleors_own(checkout: Checkout, arguments: argparse.Namespace, for_pytest: list[str]) -> Outcome:
    started = time.monotonic()
    with own_tests.run(checkout, arguments.without_us, arguments.plugin_on, for_pytest) as (report, code):
        outcome = _outcome(report, code)
    how = "without us" if arguments.without_us else "with our plugin on" if arguments.plugin_on else "with us installed"
    print(f"Saleor {checkout.version}, its own tests {how}: {outcome}, {time.monotonic() - started:.0f} s in all")
    return outcome


def _outcome(report: Path, code: int) -> Outcome:
    if not report.exists():
        print(f"pytest ended with {code} and no report.")
        return Outcome(failed=1)
    suite = next(ET.parse(report).getroot().iter("testsuite")).attrib
    failed, skipped = int(suite["failures"]) + int(suite["errors"]), int(suite["skipped"])
    passed = max(0, int(suite["tests"]) - failed - skipped)
    return Outcome(passed, failed or int(code != 0), skipped, tuple(_failures(report)))


def _failures(report: Path) -> Iterator[str]:
    for case in ET.parse(report).getroot().iter("testcase"):
        for what in (*case.iter("failure"), *case.iter("error")):
            said = (what.get("message") or "").strip().splitlines() or [""]
            yield f"{FAILED} {case.get('classname')}.{case.get('name')}: {said[0][:300]}"


def _show_logs(session: Session) -> None:
    for log in (session.directory / "http.log", session.directory / "worker.log"):
        lines = [_readable(line) for line in log.read_text("utf-8", "replace").splitlines()] if log.exists() else []
        if lines:
            print(f"--- the end of {log.name}", *lines[-15:], sep="\n")


def _readable(line: str) -> str:
    """A line of Saleor's log, which is JSON, in short."""
    try:
        entry = json.loads(line)
        said = [*entry["message"].splitlines(), *str(entry.get("exc_info") or "").splitlines()]
    except (ValueError, KeyError, TypeError, AttributeError):
        return line[:300]
    return f"{entry.get('levelname')} {said[0][:300] if said else ''} {said[-1][:300] if len(said) > 1 else ''}"


def _arguments() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--branch", action="append", default=[], help="only this branch (the checkout's folder name)")
    parser.add_argument("--at-once", type=int, help="how many checkouts at a time")
    parser.add_argument("-k", help="only tests that match, as pytest's -k")
    parser.add_argument("--saleor-tests", action="store_true", help="run Saleor's own tests (saleor_tests.txt); long")
    parser.add_argument("--without-us", action="store_true", help="with --saleor-tests: the same with us uninstalled")
    parser.add_argument("--plugin-on", action="store_true", help="with --saleor-tests: our hooks run in every test")
    arguments, rest = parser.parse_known_args()
    return arguments, [option for option in rest if option != "--"]


if __name__ == "__main__":
    sys.exit(main())
