# ruff: noqa: T201 - it speaks to whoever runs it
"""Several checkouts at a time, each in a process of its own, their lines told apart by the branch."""

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from tests.saleor.runner.checkouts import Checkout

#: How a line of ours begins that names a failed test; they are said again at the end.
FAILED = "failed:"

_PRINTING = Lock()


def beside_each_other(checkouts: Sequence[Checkout], at_once: int, command: Sequence[str]) -> int:
    """Run the Python program ``command`` for each checkout, which it finds in SALEOR_HOME.

    ``at_once`` run at a time. 0 if all ended with 0, else 1. If we are stopped meanwhile, those that run
    are asked to stop, and have time to stop their servers.
    """
    # The newest are the slowest: they begin, so that none of them is left over alone.
    newest_first = checkouts[::-1]
    print(f"{len(checkouts)} checkouts of Saleor, {at_once} at a time", flush=True)
    running: list[subprocess.Popen[str]] = []
    failures: list[str] = []
    with ThreadPoolExecutor(at_once) as pool:
        try:
            ends = [pool.submit(_one, checkout, command, running, failures) for checkout in newest_first]
            codes = [end.result() for end in ends]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in running:
                process.terminate()
            raise
    failed = [checkout.branch for checkout, code in zip(newest_first, codes, strict=True) if code]
    result = f"failed in {', '.join(failed)}" if failed else "passed in all"
    print(f"Real Saleor: {result}.", *failures, sep="\n", flush=True)
    return int(bool(failed))


def _one(
    checkout: Checkout, command: Sequence[str], running: list["subprocess.Popen[str]"], failures: list[str]
) -> int:
    with subprocess.Popen(
        [sys.executable, "-u", *command],
        env=os.environ | {"SALEOR_HOME": str(checkout.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        running.append(process)
        assert process.stdout
        for line in process.stdout:
            with _PRINTING:
                print(f"{checkout.branch:>5} | {line}", end="", flush=True)
            if line.startswith(FAILED):
                failures.append(f"{checkout.branch:>5} | {line.rstrip()}")
    return process.returncode
