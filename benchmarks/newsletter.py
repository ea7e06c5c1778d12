"""How many mails of a newsletter leave in a second, and what that takes.

Run as ``python -m benchmarks.newsletter [--mails 100000] [--newsletter]``, on the embedded PostgreSQL of a folder of
its own that flushes commits to the disk, in the demo shop, to a mail server on this machine that takes everything.
First a whole newsletter, in an owner's words in four languages, with four products of each recipient's own: its
recipients are written down and decided, products are chosen, mails sent; nothing else with ``--newsletter``. Then only
the sending, of letters like it that lie in the outbox: reserved, looked at again (consent, suppression, whether the
flow has ended), filled in, written as bytes, marked *sending*, handed over, marked *sent*.

Beside it, in the same run and the same way but for the rendering: premailer and css-inline on each finished mail; and
Saleor's own ``send_email``, which compiles the template for each message and opens a connection for it, where a
checkout of Saleor with its ``.venv`` is found in ``~/saleor``. It gets the finished page as its template.

Mails per second of one core are counted by the CPU time of the worker and the database together, so that others on the
machine do not matter; the mail server is not counted. Memory is the worker's peak.
"""

import argparse
import json
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import durable, smtp_sink

NEWSLETTER, OURS, COUNTING, PREMAILER, CSS_INLINE, SALEOR = (
    "decided and sent",
    "inlined once (ours)",
    "inlined once (ours), each link signed",
    "premailer per message",
    "css-inline per message",
    "Saleor's own send_email",
)
TEMPLATE = "win_back_at_risk"
PRODUCTS = 1_000
LANGUAGES = ("en", "de", "fr", "pl")
TICK = os.sysconf("SC_CLK_TCK")

_PRODUCTS_BLOCK = '{% products "recommended" limit=4 %}'

_CONTACTS = """
INSERT INTO crm_contact (key, email, language, country, consented, created_at)
SELECT gen_random_uuid(), 'customer' || n || '@example.com', (%s::text[])[1 + n %% 4], 'DE', true, now()
FROM generate_series(1, %s) n
"""
# What each may like: twelve products of the shop's.
_LISTS = """
INSERT INTO crm_recs_contact (contact_id, kind, run_id, items, scores, reasons)
SELECT id, 'personal', %(run)s,
    (SELECT array_agg(%(first)s + (id * 7919 + place * 83) %% %(products)s) FROM generate_series(1, 12) place),
    array_fill(0.5::real, ARRAY[12]), array_fill(%(reason)s::smallint, ARRAY[12])
FROM crm_contact
"""
_RUNS = """
INSERT INTO crm_enrolment (flow, subject_id, contact_id, state, next_step, basis, planned_at, due_at, waits_for,
                           attempts, ended_by, arm, enrolled_at)
SELECT %(flow)s, 'bench:' || id, id, 'finished', 1, now(), now(), now(), '', 0, '', 'treated', now() FROM crm_contact
"""
_MAILS = """
INSERT INTO crm_message (id, flow, subject_id, step, contact_id, recipient, template, language, channel, content, state,
                         attempts, error, created_at, next_attempt_at, expires_at)
SELECT gen_random_uuid(), %(flow)s, 'bench:' || contact.id, 0, contact.id, contact.email, %(flow)s,
    (%(languages)s::text[])[1 + contact.id %% 4], 'eu',
    %(content)s::jsonb || jsonb_build_object(
        'first_name', 'Anna',
        'unsubscribe_url', 'https://api.example.com/plugins/saleor_crm/unsubscribe/' || md5(contact.id::text) || '/',
        'blocks', jsonb_build_object('recommended', four.tiles)),
    'queued', 0, '', now(), now(), now() + interval '1 day'
FROM crm_contact contact
CROSS JOIN LATERAL (
    SELECT jsonb_agg(tile) AS tiles FROM bench_tile
    WHERE n IN (contact.id * 7919 %% %(products)s, contact.id * 104729 %% %(products)s,
                (contact.id * 31 + 1) %% %(products)s, (contact.id * 97 + 2) %% %(products)s)
) four
ORDER BY contact.id LIMIT %(mails)s
"""


@dataclass(frozen=True)
class Measured:
    """What sending some mails took: seconds of the clock, of the worker's and the database's CPU; megabytes."""

    mails: int
    seconds: float
    worker: float
    database: float
    megabytes: float

    @property
    def a_core(self) -> float:
        """Mails per second of one core."""
        return self.mails / (self.worker + self.database)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=100_000)
    parser.add_argument("--newsletter", action="store_true", help="only the whole newsletter")
    parser.add_argument("--home", type=Path, default=Path(".sandbox") / "bench-newsletter", help="where the files lie")
    arguments = parser.parse_args()
    durable.start(arguments.home)
    _set_up(max(arguments.mails, 8_000))
    some = max(arguments.mails // 10, 1_000)
    with (
        smtp_sink.listening() as near,
        smtp_sink.listening(delay=0.02) as far,
        smtp_sink.listening(delay=0.02, pipelining=True) as piped,
    ):
        print(f"{'':48}{'mails':>8}{'a core':>9}{'a second':>10}{'worker ms':>11}{'database ms':>13}{'MB':>6}")
        _tell("a newsletter, decided and sent, 4 connections", near, NEWSLETTER, arguments.mails, 4)
        if arguments.newsletter:
            return
        ours = _tell("ours, 4 connections", near, OURS, arguments.mails, 4)
        _tell("ours, 1 connection", near, OURS, some, 1)
        _tell("ours, 4 connections, clicks and opens counted", near, COUNTING, some, 4)
        for sink, how in ((far, "20 ms a reply"), (piped, "20 ms, PIPELINING")):
            for connections in (1, 4, 32):
                title = f"ours, {connections} connection{'s' if connections > 1 else ''}, {how}"
                _tell(title, sink, OURS, 250 * connections, connections)
        for peer, mails in ((CSS_INLINE, 1_000), (PREMAILER, 60), (SALEOR, 30)):
            if found := _tell(f"{peer}, 1 connection", near, peer, mails, 1):
                print(f"{'':4}ours is faster by {ours.a_core / found.a_core:,.1f} times" if ours else "")


def _tell(title: str, sink: smtp_sink.Sink, way: str, mails: int, connections: int) -> Measured | None:
    """Measure one way, in a worker of its own, and print it. Fails if a mail did not arrive, or arrived twice."""
    found = _saleor(sink, mails) if way == SALEOR else _measure(sink, way, mails, connections)
    if found is None:
        print(f"{title:48} not measured: no Saleor with a .venv in ~/saleor")
        return None
    got = sink.take()
    assert got["mails"] == mails, got
    assert way == SALEOR or got["different"] == mails, got
    print(
        f"{title:48}{mails:8,}{found.a_core:9.1f}{mails / found.seconds:10.1f}{found.worker / mails * 1000:11.2f}"
        f"{found.database / mails * 1000:13.2f}{found.megabytes:6.0f}",
        flush=True,
    )
    return found


def _set_up(contacts: int) -> None:
    from django.db import connection

    from saleor_crm_plugin.emails.example import EXAMPLES

    (tile, *_) = EXAMPLES[TEMPLATE]["blocks"]["recommended"]
    names = ("Merino roll-neck sweater", "Cashmere scarf with hand-rolled edges", "Größe M", "Canvas shopper")
    tiles = [
        tile
        | {
            "product_id": str(number),
            "name": f"{names[number % 4]} {number}",
            "price": f"{10 + number % 190}.00",
            "undiscounted_price": f"{10 + number % 190 + (20 if number % 5 == 0 else 0)}.00",
            "image_url": f"https://media.example.com/thumbnails/product-{number}-256.webp",
            "url": f"https://shop.example.com/products/product-{number}?channel=eu&utm_source=crm&utm_content=recommended",
        }
        for number in range(PRODUCTS)
    ]
    with connection.cursor() as cursor:
        cursor.execute(_CONTACTS, [list(LANGUAGES), contacts])
        cursor.execute(_RUNS, {"flow": TEMPLATE})
        cursor.execute("CREATE TABLE bench_tile (n int PRIMARY KEY, tile jsonb NOT NULL)")
        cursor.executemany("INSERT INTO bench_tile VALUES (%s, %s)", list(enumerate(map(json.dumps, tiles))))
    _teach([one["name"] for one in tiles])


def _teach(names: Sequence[str]) -> None:
    """Products in the shop, and what each contact may like of them."""
    from django.db import connection

    from saleor_crm_plugin.recs.served.models import TrainingRun
    from saleor_crm_plugin.recs.served.reasons import CODES, Reason
    from saleor_crm_plugin.shop.sandbox.models import Variant
    from tests.sandbox.driver import SandboxDriver

    driver, now = SandboxDriver(), datetime.now(UTC)
    variants = [driver.make_product(name)[0] for name in names]
    run = TrainingRun.objects.create(engine="bench", started_at=now, finished_at=now, current=True)
    first = Variant.objects.get(pk=int(variants[0])).product_id
    with connection.cursor() as cursor:
        cursor.execute(
            _LISTS,
            {"run": run.pk, "first": first, "products": len(names), "reason": CODES[Reason.PERSONAL]},
        )


def _prepare(way: str, mails: int, sink: smtp_sink.Sink, connections: int) -> None:
    from django.db import connection

    from saleor_crm_plugin.emails.example import EXAMPLES
    from saleor_crm_plugin.shop.sandbox import own_settings

    values = {
        "sender_name": "Morgentau",
        "sender_address": "hello@news.example.com",
        "smtp_host": "127.0.0.1",
        "smtp_port": str(sink.port),
        "smtp_starttls": False,
        "storefront_url": "https://shop.example.com",
        "quiet_hours": "",
        "flows": f"{TEMPLATE} = on",
        "sending_connections": str(connections),
        "link_clicks": way == COUNTING,
        "link_opens": way == COUNTING,
    }
    for name, value in values.items():
        own_settings.save(name, value)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE crm_message, crm_mail_server CASCADE")
        if way == NEWSLETTER:
            _schedule(mails)
            cursor.execute("VACUUM ANALYZE")
            return
        cursor.execute(
            _MAILS,
            {
                "flow": TEMPLATE,
                "languages": list(LANGUAGES),
                "content": json.dumps(EXAMPLES[TEMPLATE]),
                "products": PRODUCTS,
                "mails": mails,
            },
        )
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def _schedule(mails: int) -> None:
    """A newsletter to so many, due now."""
    from saleor_crm_plugin import config
    from saleor_crm_plugin.emails.own.words import Words
    from saleor_crm_plugin.flows.campaigns import course, draft
    from saleor_crm_plugin.flows.campaigns.draft import Text, Told
    from saleor_crm_plugin.shop.port import get_shop

    shop, now = get_shop(), datetime.now(UTC)
    settings = config.parse(shop.configuration())
    words = Words("Spring is here", "What is new", f"<h1>Spring</h1><p>{'A word or two. ' * 20}</p>{_PRODUCTS_BLOCK}")
    told = Told(name="Spring", channels=["eu"], holdout_percent=0, texts=[Text(code, words) for code in LANGUAGES])
    campaign = draft.create(shop, settings, told, "bench", now)
    course.schedule(shop, settings, campaign.pk, now, "bench", now)


def _measure(sink: smtp_sink.Sink, way: str, mails: int, connections: int) -> Measured:
    _prepare(way, mails, sink, connections)
    postmaster = _postmaster()
    database = _cpu_of_family(postmaster)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        seconds, worker, megabytes = pool.submit(_worker, way).result()
    return Measured(mails, seconds, worker, _cpu_of_family(postmaster) - database, megabytes)


def _worker(way: str) -> tuple[float, float, float]:
    """Send all there is: seconds of the clock and of the CPU, and the peak of memory."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "saleor_crm_plugin.shop.sandbox.settings"
    import django

    django.setup()
    from saleor_crm_plugin import work
    from saleor_crm_plugin.emails import send
    from saleor_crm_plugin.emails.example import EXAMPLES
    from saleor_crm_plugin.shop.port import get_shop

    if way in (PREMAILER, CSS_INLINE):
        vars(send)["render"] = _inlining_each(way)
    shop = get_shop()
    for language in LANGUAGES:  # templates are compiled once per process
        vars(send)["render"](TEMPLATE, language, EXAMPLES[TEMPLATE])
    start, used = time.perf_counter(), time.process_time()
    if way == NEWSLETTER:
        work.run_campaigns(shop)
    while work.deliver(shop):
        pass
    return time.perf_counter() - start, time.process_time() - used, _peak()


def _inlining_each(way: str) -> Callable[..., Any]:
    """The usual way: fill in the template, then inline the finished page."""
    from django.template import Context

    from benchmarks.render import _premailer_defaults
    from saleor_crm_plugin.emails.inline import CSS_INLINE as ENGINE
    from saleor_crm_plugin.emails.inline import inline
    from saleor_crm_plugin.emails.languages import best, formatting_locale
    from saleor_crm_plugin.emails.render import Rendered, fill_values
    from saleor_crm_plugin.emails.source import second_pass, translated

    templates: dict[str, dict[str, Any]] = {}
    for code in LANGUAGES:
        parts = {part: translated(f"{TEMPLATE}.{part}", best(code)) for part in ("subject.txt", "txt", "html")}
        templates[code] = {part: second_pass(part == "html").from_string(text) for part, text in parts.items()}

    def render(template: str, code: str, content: Any, *_: Any) -> Rendered:
        language = best(code)
        values = {**fill_values(template, content, formatting_locale(code, language)), "language": language}
        filled = []
        for part, one in templates[code].items():
            filled.append(str(one.render(Context(values, autoescape=part == "html", use_l10n=False))))
            values.setdefault("subject", filled[0].strip())
        subject, text, page = filled
        html = _premailer_defaults(page) if way == PREMAILER else inline(page, ENGINE)
        return Rendered(subject.strip(), html, text, code)

    return render


def _saleor(sink: smtp_sink.Sink, mails: int) -> Measured | None:
    """Saleor's own way, in a process of Saleor's."""
    from saleor_crm_plugin.emails.example import EXAMPLES
    from saleor_crm_plugin.emails.render import render

    found = sorted(Path.home().glob("saleor/*/.venv/bin/python"))
    if not found:
        return None
    page = render(TEMPLATE, "de", EXAMPLES[TEMPLATE])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        path.write_text(page.html, encoding="utf-8")
        settings = {"DJANGO_SETTINGS_MODULE": "saleor.settings", "SECRET_KEY": "bench", "PYTHONPATH": "."}
        asked = [str(found[-1]), "-c", _SALEORS, str(sink.port), str(mails), str(path), page.subject]
        done = subprocess.run(
            asked,
            cwd=found[-1].parents[2],
            env={**os.environ, **settings, "DEBUG": "True"},
            capture_output=True,
            text=True,
            check=True,
        )
    seconds, worker, megabytes = json.loads(done.stdout.splitlines()[-1])
    return Measured(mails, seconds, worker, 0, megabytes)


_SALEORS = """
import json, re, sys, time
import django
django.setup()
from saleor.plugins.email_common import EmailConfig, send_email
port, mails, path, subject = sys.argv[1:]
page = open(path, encoding="utf-8").read()
config = EmailConfig(host="127.0.0.1", port=port, sender_name="Morgentau", sender_address="hello@news.example.com")
start, used = time.perf_counter(), time.process_time()
for number in range(int(mails)):
    send_email(config, [f"customer{number}@example.com"], {"first_name": "Anna"}, subject, page)
seconds, worker = time.perf_counter() - start, time.process_time() - used
peak = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
print(json.dumps([seconds, worker, peak]))
"""


def _peak() -> float:
    """The most memory that this process had, in megabytes."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (kilobytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(kilobytes) / 1024


def _postmaster() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    return _stat(backend)[1]


def _cpu_of_family(parent: int) -> float:
    """Seconds of CPU of a process, of its children, and of those that have ended."""
    ticks = sum(_stat(parent)[2:6])
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            found = _stat(int(folder.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
        if found[1] == parent:
            ticks += found[2] + found[3]
    return ticks / TICK


def _stat(pid: int) -> tuple[int, int, int, int, int, int]:
    """The id, the parent, and the ticks of user, system, children's user, children's system."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    user, system, childrens_user, childrens_system = map(int, fields[11:15])
    return pid, int(fields[1]), user, system, childrens_user, childrens_system


if __name__ == "__main__":
    main()
