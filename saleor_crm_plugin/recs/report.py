"""What an evaluation says: a table for people, rows for programs."""

import json

from .evaluate import Evaluation, Row
from .tasks import Task


def as_json(found: Evaluation) -> str:
    """The rows for programs."""
    return json.dumps([_plain(row) for row in found.rows], indent=1)


def as_text(found: Evaluation) -> list[str]:
    """A table per task, best first, and why what was chosen was chosen."""
    lines = []
    for task in Task:
        rows = [row for row in found.rows if row.task is task]
        if not rows:
            continue
        lines += [f"{task.upper()} ({rows[0].cases} cases)", _HEAD, *(_line(row) for row in rows)]
        lines += [f"  chosen: {found.choices[task].reason}", ""] if task in found.choices else [""]
    return lines


_HEAD = (
    f"  {'':5}{'model':70}{'NDCG@20':>9}{'NDCG@10':>9}{'recall@20':>11}{'recall@10':>11}"
    f"{'coverage':>10}{'novelty':>9}{'fit s':>8}{'peak MB':>9}"
)


def _line(row: Row) -> str:
    return (
        f"  {row.kind:5}{row.model[:69]:70}{row.ndcg20:9.4f}{row.ndcg10:9.4f}{row.recall20:11.4f}{row.recall10:11.4f}"
        f"{row.coverage:10.3f}{row.novelty:9.2f}{row.fit_s:8.1f}{row.peak_mb:9.0f}"
    )


def _plain(row: Row) -> dict[str, object]:
    numbers = ("ndcg10", "ndcg20", "recall10", "recall20", "coverage", "novelty", "fit_s", "search_s", "peak_mb")
    return {
        "task": row.task.value,
        "model": row.model,
        "kind": row.kind,
        "cases": row.cases,
        **{name: round(float(getattr(row, name)), 6) for name in numbers},
    }
