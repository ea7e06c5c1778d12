"""Have Saleor's own Celery worker do our jobs, as beat would."""

import time
from uuid import uuid4

from celery import current_app
from celery.result import AsyncResult

ROAD = ("saleor_crm.sweep", "saleor_crm.process_inbox", "saleor_crm.decide", "saleor_crm.deliver")
_SECONDS = 180  # the first task waits for the worker to start


class Worker:
    """The worker at the other end of Redis."""

    def run(self, task: str) -> None:
        """Let it run one task and wait for its end.

        Our tasks keep no result, so a task of Celery's own that does is hung behind: one for success, one for failure.
        """
        echo = current_app.tasks["celery.accumulate"]
        done, failed = (AsyncResult(str(uuid4())) for _outcome in range(2))
        current_app.tasks[task].apply_async(
            # A worker that is still starting would drop a task that is good for a quarter of a minute only.
            expires=_SECONDS,
            link=echo.si().set(task_id=done.id),
            link_error=echo.si().set(task_id=failed.id),
        )
        end = time.monotonic() + _SECONDS
        while not done.ready():
            assert not failed.ready(), f"{task} failed; worker.log says why"
            assert time.monotonic() < end, f"{task} was not done after {_SECONDS} s"
            time.sleep(0.02)

    def road(self) -> None:
        """Every job once, in the order in which news becomes mail."""
        for task in ROAD:
            self.run(task)
