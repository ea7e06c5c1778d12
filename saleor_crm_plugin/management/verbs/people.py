"""People: forgetting them, and what they agreed to elsewhere."""

from django.core.management.base import CommandError, OutputWrapper

from ... import work
from ...contacts.address import normalise
from ...contacts.erasure import erase
from ...contacts.importing import ImportProblem, import_consent
from ...contacts.models import Contact
from . import Options, Verbs, verb


def add(verbs: Verbs) -> None:
    text = "Forget a person. A hash of the address stays, so that it gets no mail again."
    erasing = verb(verbs, "erase", text, _erase)
    erasing.add_argument("email")
    text = "Take over who agreed to marketing mail, from a CSV file with a column “email”."
    importing = verb(verbs, "import-consent", text, _import_consent)
    importing.add_argument("file", help="columns: email, optionally granted (yes or no) and wording")


def _erase(options: Options, out: OutputWrapper) -> None:
    contacts = list(Contact.objects.filter(email=normalise(options["email"]) or None))
    if not contacts:
        raise CommandError("Nobody is known under this address.")
    erase(contacts, work.now())
    out.write("Forgotten.")


def _import_consent(options: Options, out: OutputWrapper) -> None:
    try:
        with open(options["file"], newline="", encoding="utf-8-sig") as file:
            done = import_consent(file, options["file"].rpartition("/")[2], work.now())
    except (OSError, UnicodeDecodeError, ImportProblem) as error:
        raise CommandError(str(error)) from error
    out.write(f"{done.taken} taken over, {len(done.refused)} refused")
    for number, why in done.refused:
        out.write(f"  line {number}: {why}")
