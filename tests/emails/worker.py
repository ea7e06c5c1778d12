"""A worker of its own process that does a job until it moves nothing: ``python -m tests.emails.worker MOMENT JOB``.

The test kills it. MOMENT is the time at which its clock starts.
"""

import os
import sys
from datetime import datetime

import django
import time_machine


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "saleor_crm_plugin.shop.sandbox.settings"
    django.setup()
    from saleor_crm_plugin import work
    from saleor_crm_plugin.shop.port import get_shop

    job = {"deliver": work.deliver, "campaigns": work.run_campaigns}[sys.argv[2]]
    with time_machine.travel(datetime.fromisoformat(sys.argv[1]), tick=True):
        while job(get_shop()):
            pass


if __name__ == "__main__":
    main()
