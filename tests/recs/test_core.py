"""What the numeric core may lean on."""

import subprocess
import sys

# Libraries that a shop's worker has loaded or that are extras; the core is to run without any of them.
FOREIGN = ("django", "celery", "saleor", "implicit", "sklearn", "pandas")


def test_the_numeric_core_runs_without_the_web_framework_and_without_extras() -> None:
    program = (
        "import sys; import saleor_crm_plugin.recs.evaluate, saleor_crm_plugin.recs.content;"
        f"print([name for name in {FOREIGN!r} if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
