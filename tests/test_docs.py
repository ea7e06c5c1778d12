"""The documentation keeps up with what it describes."""

import re
from pathlib import Path

import pytest

from saleor_crm_plugin import config
from saleor_crm_plugin.flows.catalogue import FLOWS
from saleor_crm_plugin.flows.flow import Audience, CapClass, Flow
from saleor_crm_plugin.flows.reasons import SENTENCES, Reason
from saleor_crm_plugin.management.commands.crm import Command

DOCS = Path(__file__).parents[1] / "docs"


@pytest.mark.parametrize("field", config.FIELDS, ids=lambda field: field.name)
def test_every_setting_is_described_as_on_its_page(field: config.Field) -> None:
    page = (DOCS / "settings.md").read_text(encoding="utf-8")

    assert f"| {field.label} |" in page
    assert field.help in page


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_its_sentence_and_is_described(reason: Reason) -> None:
    assert f"| `{reason}` | {SENTENCES[reason]} |" in (DOCS / "decisions.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("flow", FLOWS.values(), ids=lambda flow: flow.key)
def test_every_flow_is_described_as_it_is_declared(flow: Flow) -> None:
    assert row_of(flow) in (DOCS / "flows.md").read_text(encoding="utf-8")


def row_of(flow: Flow) -> str:
    """The flow's row of the table of all flows."""
    ends = "; ".join(end.sentence for end in flow.ends)
    limit = {CapClass.NONE: "always sent", CapClass.SKIPPED: "skipped", CapClass.WAITS: "waits"}[flow.caps]
    to = {Audience.AGREED: "who agreed", Audience.ASKED: "who asked"}[flow.audience]
    return f"| `{flow.key}` | {flow.starts.sentence} | {ends} | {to} | {limit} | {'yes' if flow.holdout else 'no'} |"


def test_every_verb_of_the_command_is_described() -> None:
    parser = Command().create_parser("manage.py", "crm")
    (verbs,) = (action.choices for action in parser._actions if action.dest == "verb")
    page = (DOCS / "commands.md").read_text(encoding="utf-8")

    assert [verb for verb in verbs or () if f"`crm {verb}" not in page] == []


def test_every_link_of_the_documentation_leads_somewhere() -> None:
    pages = [*DOCS.glob("**/*.md"), *DOCS.parent.glob("*.md")]
    broken = [
        (page.name, target)
        for page in pages
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]

    assert broken == []
