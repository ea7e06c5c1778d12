"""``crm templates``: what mails say in the owner's own words."""

from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import CommandError, OutputWrapper

from ... import config, work
from ...contacts.address import normalise
from ...contacts.models import Contact
from ...emails.own import file, places
from ...emails.own.check import check
from ...emails.own.models import OwnTemplate
from ...emails.own.names import NAMES
from ...emails.own.places import Place
from ...emails.own.skeleton import skeleton
from ...emails.own.there import missing
from ...emails.own.words import Problem, Words
from ...flows.preview import Wanted, preview, send_test
from ...shop.port import get_shop
from . import Options, Verbs, verb
from .channels import check_channel

_OF_A_MAIL = ("channel", "language", "customer", "export", "save", "restore", "reset", "preview", "test_send")


def add(verbs: Verbs) -> None:
    text = "Tell which mails speak in your own words; show, save, restore, preview and test them."
    parser = verb(verbs, "templates", text, _templates)
    parser.add_argument("template", nargs="?", choices=NAMES, metavar="MAIL", help="one of the mails")
    parser.add_argument("--channel", default="", metavar="SLUG", help="in this channel only")
    parser.add_argument("--language", default="", metavar="CODE", help="in this language only, such as de")
    parser.add_argument("--customer", default="", metavar="EMAIL", help="preview or test it as this customer gets it")
    doing = parser.add_mutually_exclusive_group()
    doing.add_argument("--export", metavar="FILE", help="write the words to a file, or some to begin with")
    doing.add_argument("--save", metavar="FILE", help="let the mail say what is in this file")
    doing.add_argument("--restore", type=int, metavar="VERSION", help="let it say again what it said in this version")
    doing.add_argument("--reset", action="store_true", help="let it say what it says without your words")
    doing.add_argument("--preview", metavar="FILE", help="write the mail to a file, as HTML, or as text for .txt")
    doing.add_argument("--test-send", metavar="EMAIL", help="send it to this address, marked as a test")


def _templates(options: Options, out: OutputWrapper) -> None:
    if not options["template"]:
        if said := [f"--{name.replace('_', '-')}" for name in _OF_A_MAIL if options[name]]:
            raise CommandError(f"Only with the name of a mail, such as welcome: {', '.join(said)}.")
        for line in _list():
            out.write(line)
        return
    place = Place.of(options["template"], options["channel"], options["language"])
    if place.channel:
        check_channel(get_shop(), place.channel)
    try:
        for line in _do(options, place):
            out.write(line)
    except Problem as problem:
        raise CommandError(str(problem)) from problem
    except (OSError, UnicodeError) as error:
        raise CommandError(f"The file can't be used: {error}") from error


def _do(options: Options, place: Place) -> Iterator[str]:
    if options["export"]:
        Path(options["export"]).write_text(file.written(_words(place)), encoding="utf-8")
        yield f"Written to {options['export']}."
    elif options["save"]:
        words = file.read(Path(options["save"]).read_text(encoding="utf-8"))
        yield f"Version {places.save(get_shop(), place, words, '', work.now()).version} is in use."
    elif options["restore"]:
        saved = places.restore(get_shop(), place, options["restore"], "", work.now())
        yield f"Version {saved.version} is in use: the words of version {saved.restored}."
    elif options["reset"]:
        yield "Your words are not used any more." if places.reset(place) else "There were none."
    elif options["preview"]:
        mail = preview(get_shop(), _settings(), _wanted(options), work.now())
        path = Path(options["preview"])
        path.write_text(mail.text if path.suffix == ".txt" else mail.html, encoding="utf-8")
        yield f"{mail.subject}\nWritten to {path}."
    elif options["test_send"]:
        send_test(get_shop(), _settings(), _wanted(options), options["test_send"], work.now())
        yield "Sent."
    else:
        for one in places.versions(place):
            yield _line(one)
        yield file.written(_words(place))


def _list() -> Iterator[str]:
    in_use = places.current()
    for template in NAMES:
        mine = [one for one in in_use if one.template == template]
        yield f"{template:<20} {'your words' if mine else 'ours'}"
        for one in mine:
            yield f"  {_line(one)}"
            words = Words.of(one.words)
            if problems := check(words, template, one.language):
                yield f"    can't be used any more: {' '.join(problems)}"
            else:
                yield from (f"    leaves a block out: {problem}" for problem in missing(get_shop(), words, template))


def _line(one: OwnTemplate) -> str:
    where = f"{one.channel or 'all channels'}, {one.language or 'all languages'}"
    again = f", the words of version {one.restored}" if one.restored else ""
    state = "in use" if one.current else "not in use"
    return f"version {one.version} for {where}, {state}{again}: {one.words.subject}"


def _words(place: Place) -> Words:
    """What is in use in a place, or some words to begin with."""
    found = next((one for one in places.versions(place) if one.current), None)
    return Words.of(found.words) if found else skeleton(place.template)


def _wanted(options: Options) -> Wanted:
    contact = None
    if options["customer"]:
        contact = Contact.objects.filter(email=normalise(options["customer"])).first()
        if contact is None:
            raise Problem("Nobody with this address is known.")
    return Wanted(options["template"], None, options["channel"], options["language"], contact)


def _settings() -> config.Settings:
    try:
        return config.parse(get_shop().configuration())
    except config.ConfigError as error:
        raise CommandError("The settings can't be read: open their page in the Dashboard.") from error
