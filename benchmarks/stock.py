"""What those who wait cost a shop: the sweep over what is watched, and what follows when the most wanted is back.

Run as ``python -m benchmarks.stock``, inside real Saleor with a PostgreSQL of its own: 100,000 variants of 20,000
products, 100,000 requests for 5,000 of them, 20,000 for the most wanted (``stock_shop.py``). The peers, in the same
run: Saleor's own loader of ``quantityAvailable`` for the same variants, and one statement per variant, as a job does
that goes from alert to alert (django-oscar's is such a one). Last, the shop gets ten times as many variants, none of
them watched. What is measured is in ``stock_measures.py``, which runs with Saleor's Python. Where no Saleor checkout is
found, it says so and measures nothing.
"""

import argparse
import subprocess
from pathlib import Path

from tests.saleor.runner.checkouts import find_checkouts
from tests.saleor.runner.environment import ROOT
from tests.saleor.runner.servers import MissingError
from tests.saleor.runner.session import ready


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=15, help="of each measurement (15)")
    parser.add_argument("--most", type=int, default=1_000_000, help="variants of the larger shop; 0 for none of it")
    options = parser.parse_args()
    found = find_checkouts(["3.23"]) or find_checkouts([])
    if not found:
        print("Those who wait for stock: not measured, no Saleor checkout was found.")
        return
    checkout = found[0]
    command: list[str | Path] = [checkout.python, "-W", "ignore", "-m", "benchmarks.stock_measures"]
    command += [str(options.repeats), str(options.most)]
    try:
        with ready(checkout, durable=True) as session:
            print(f"Those who wait for stock, in Saleor {checkout.version}:", flush=True)
            environment = {**session.environment, "PYTHONPATH": f"{checkout.path}:{ROOT}", "LOG_LEVEL": "ERROR"}
            with (session.directory / "measures.log").open("w+") as log:
                done = subprocess.run(command, check=False, cwd=checkout.path, env=environment, stderr=log)
                if done.returncode:
                    log.seek(0)
                    raise RuntimeError(log.read()[-4000:])
    except MissingError as problem:
        print(f"Those who wait for stock: not measured. {problem}")


if __name__ == "__main__":
    main()
