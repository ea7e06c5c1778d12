"""People: what is kept of them, forgetting them, and what they agreed to elsewhere."""

from pathlib import Path

from django.core.management.base import CommandError, OutputWrapper

from ... import work
from ...contacts.address import normalise
from ...contacts.erasure import erase
from ...contacts.importing import ImportProblem, import_consent
from ...contacts.models import Contact
from ...flows.explain import NOBODY
from ...personal_data.export import export, export_address
from ...shop.port import get_shop
from . import Options, Verbs, verb
from .private_file import private_file


def add(verbs: Verbs) -> None:
    text = "Forget a person. A hash of the address stays, so that it gets no mail again."
    erasing = verb(verbs, "erase", text, _erase)
    erasing.add_argument("email")
    exporting = verb(verbs, "export", "Write down everything that is kept of a person, as one JSON document.", _export)
    exporting.add_argument("email")
    exporting.add_argument("--out", type=Path, metavar="FILE", help="where to; printed without it")
    text = "Take over who agreed to marketing mail, from a CSV file with a column “email”."
    importing = verb(verbs, "import-consent", text, _import_consent)
    importing.add_argument("file", help="columns: email, optionally granted (yes or no) and wording")


def _erase(options: Options, out: OutputWrapper) -> None:
    contacts = list(Contact.objects.filter(email=normalise(options["email"]) or None))
    if not contacts:
        raise CommandError(NOBODY)
    erase(contacts, work.now())
    out.write("Forgotten.")


def _export(options: Options, out: OutputWrapper) -> None:
    email, now = options["email"], work.now()
    contact = Contact.objects.filter(email=normalise(email) or None).first()
    document = export(get_shop(), contact, now) if contact else export_address(email, now)
    if document is None:
        raise CommandError(NOBODY)
    path = options["out"]
    if path is None:
        out.write(document, ending="")
        return
    try:
        with private_file(path) as file:
            file.write(document)
    except OSError as error:
        raise CommandError(str(error)) from error
    out.write(f"Written to {path}. It is about a person: keep it as such, and delete it when it was handed over.")


def _import_consent(options: Options, out: OutputWrapper) -> None:
    try:
        with open(options["file"], newline="", encoding="utf-8-sig") as file:
            done = import_consent(file, options["file"].rpartition("/")[2], work.now())
    except (OSError, UnicodeDecodeError, ImportProblem) as error:
        raise CommandError(str(error)) from error
    out.write(f"{done.taken} taken over, {len(done.refused)} refused")
    for number, why in done.refused:
        out.write(f"  line {number}: {why}")
