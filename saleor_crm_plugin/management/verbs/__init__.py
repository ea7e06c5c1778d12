"""The verbs of ``manage.py crm``: a module for each group of them.

A module has a function ``add``, which gives each of its verbs a name, a sentence, and the function that does it::

    def add(verbs: Verbs) -> None:
        dancing = verb(verbs, "dance", "Dance, for as long as somebody looks.", _dance)
        dancing.add_argument("--fast", action="store_true", help="...")

    def _dance(options: Options, out: OutputWrapper) -> None: ...

``commands/crm.py`` lists the groups; ``docs/commands.md`` describes each verb (``tests/test_docs.py`` sees to it). What
went wrong in the user's eyes is a ``CommandError``, which also ends the process with status 1.
"""

from argparse import _SubParsersAction
from collections.abc import Callable
from typing import Any, TypeAlias

from django.core.management.base import CommandParser, OutputWrapper

Verbs: TypeAlias = "_SubParsersAction[CommandParser]"
Options: TypeAlias = dict[str, Any]


def verb(verbs: Verbs, name: str, text: str, run: Callable[[Options, OutputWrapper], None]) -> CommandParser:
    """Add a verb. Returns its parser, for what may follow it."""
    parser = verbs.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser
