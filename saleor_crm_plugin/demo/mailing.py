"""A newsletter in the demo shop: written, counted, previewed and scheduled as staff would, and what readers do with it.

Readers follow the very links of the mails that arrived, through the doors that answer them in a shop; the CRM does the
rest. Who clicks, buys and leaves is made up.
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from uuid import UUID

from django.test import RequestFactory

from ..config import Settings
from ..contacts.importing import import_consent
from ..contacts.models import Contact
from ..emails import unsubscribe
from ..emails.models import Message
from ..emails.render import Rendered
from ..emails.tracking.doors import follow
from ..emails.tracking.links import read_click
from ..flows.audience.count import Counted, count
from ..flows.campaigns import course, draft, file
from ..flows.campaigns.draft import audience_of
from ..flows.campaigns.models import Campaign
from ..flows.campaigns.preview import wanted
from ..flows.models import Enrolment
from ..flows.preview import preview
from ..shop.port import Shop
from ..shop.sandbox import storefront
from ..shop.sandbox.mail_sink import html_of
from ..shop.sandbox.models import Category, User, Variant
from .coats import COATS

LEAVES_AT = 23  # the hour of the demo: the morning of its second day
CHANNEL = "eu"
# Of those who got the mail, by version; what they do then; and what others do in the same hours.
_CLICK = {"a": 0.08, "b": 0.27}
_BUY, _BUY_ALONE, _UNSUBSCRIBE, _SCANNED = 0.14, 0.03, 0.012, 0.03
_DAY = 17  # one on which something of everything happens, in a small shop, too
_SAMPLE = 50
_BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_AGREED = {"marketing-consent": "true", "marketing-consent-wording": "checkout-2024"}
_LINK, _LEAVE = re.compile(r"/plugins/saleor_crm/go/([^/\"]+)/"), re.compile(r"/unsubscribe/([^/>]+)/")


@dataclass(frozen=True)
class Reading:
    """A preview: the mail as one customer gets it."""

    version: str
    name: str
    country: str
    mail: Rendered


@dataclass
class Mailing:
    """Its staging. ``written`` is its file, ``counted`` and ``readings`` what staff saw before it left."""

    shop: Shop
    settings: Settings
    dice: random.Random
    campaign: int = 0
    written: str = ""
    counted: Counted | None = None
    readings: list[Reading] = field(default_factory=list)
    _coming: list[tuple[datetime, Callable[[datetime], None]]] = field(default_factory=list)

    def prepare(self, now: datetime) -> None:
        """The list of the tool before is taken over, and the newsletter is written, counted, read and scheduled."""
        people = User.objects.exclude(country="PL").filter(metadata__contains={"marketing-consent": "true"})
        import_consent(["email", *people.order_by("pk").values_list("email", flat=True)], "former tool.csv", now)
        self.written = _with_categories(COATS)
        campaign = draft.create(self.shop, self.settings, file.read(self.written), "", now)
        self.campaign = campaign.pk
        audience = audience_of(campaign, self.shop, self.settings)
        self.counted = count(self.shop, audience, tuple(campaign.channels), self.settings, now, _SAMPLE)
        self._read(campaign, now)
        course.schedule(self.shop, self.settings, campaign.pk, now + timedelta(hours=LEAVES_AT), "", now)

    def arrived(self, mails: Sequence[EmailMessage], now: datetime) -> None:
        """What those who just got it will do, and those who might have."""
        sent = {mail["Message-ID"].strip("<>").partition("@")[0]: mail for mail in mails}
        ours = Message.objects.filter(pk__in=sent, flow="newsletter").select_related("contact").order_by("recipient")
        runs = Enrolment.objects.filter(campaign=self.campaign)
        versions = dict(runs.values_list("subject_id", "version"))
        for message in ours:
            self._reader(message, sent[str(message.pk)], versions[message.subject_id], now)
        held_out = runs.filter(arm=Enrolment.Arm.HOLDOUT, arm_at=now).select_related("contact")
        for run in held_out.order_by("contact__email"):
            if self.dice.random() < _BUY_ALONE:
                self._later(now, 9, self._buys(run.contact, ""))

    def happen(self, now: datetime) -> None:
        """What was to come until now."""
        due = sorted((one for one in self._coming if one[0] <= now), key=lambda one: one[0])
        self._coming = [one for one in self._coming if one[0] > now]
        for at, act in due:
            act(at)

    def _read(self, campaign: Campaign, now: datetime) -> None:
        """The first version as an English customer, the second as another one and as a German one."""
        assert self.counted
        accounts = {
            user.email: user for user in User.objects.filter(email__in=[one.email for one in self.counted.sample])
        }
        there = [one for one in self.counted.sample if one.email in accounts]
        for version, language in (("a", "en"), ("b", "en"), ("b", "de")):
            person = next((one for one in there if accounts[one.email].language == language), None)
            if person is None:
                continue
            there.remove(person)
            account, contact = accounts[person.email], Contact.objects.get(pk=person.contact_id)
            mail = preview(self.shop, self.settings, wanted(campaign, version, "", contact), now)
            self.readings.append(Reading(version, account.first_name, account.country, mail))

    def _reader(self, message: Message, mail: EmailMessage, version: str, now: datetime) -> None:
        links = list(dict.fromkeys(_LINK.findall(html_of(mail))))
        # Of each reader's own, so that what they do does not hang on what others were shown.
        dice = random.Random(f"{message.recipient}{_DAY}")  # noqa: S311 - no secret
        scanned, clicks, buys, leaves = (dice.random() for _ in range(4))
        if scanned < _SCANNED:  # a firm's mail server follows every link
            for link in links[:6]:
                self._coming.append((now + timedelta(seconds=2), self._follows(link)))
        if clicks < _CLICK[version] and links:
            link = dice.choice(links[1:] or links)
            at = self._later(now, 2.2, self._follows(link))
            if buys < _BUY:
                self._coming.append((at + timedelta(minutes=25), self._buys(message.contact, link)))
        elif buys < _BUY_ALONE:
            self._later(now, 9, self._buys(message.contact, ""))
        leave = _LEAVE.search(mail["List-Unsubscribe"])
        if leave and leaves < _UNSUBSCRIBE:
            self._later(now, 3, self._unsubscribes(leave[1]))

    def _later(self, now: datetime, hours: float, act: Callable[[datetime], None]) -> datetime:
        """Soon for most, later for some; ``hours`` on average."""
        at = now + timedelta(minutes=2, hours=self.dice.expovariate(1 / hours))
        self._coming.append((at, act))
        return at

    def _follows(self, token: str) -> Callable[[datetime], None]:
        request = RequestFactory(headers={"User-Agent": _BROWSER}).get("/")
        return lambda at: _done(follow(request, token, lambda: self.settings, at).status_code == 302)

    def _unsubscribes(self, token: str) -> Callable[[datetime], None]:
        request = RequestFactory().post("/", {"List-Unsubscribe": "One-Click"})
        return lambda at: _done(unsubscribe.respond(request, token, self.shop, self.settings, at).status_code == 200)

    def _buys(self, contact: Contact | None, link: str) -> Callable[[datetime], None]:
        """Orders what the link leads to, or a coat where it leads into the shop; without a link, anything."""

        def act(at: datetime) -> None:
            user = User.objects.filter(email=contact.email).first() if contact else None
            variant = self._variant(link, at)
            if user is None or variant is None:
                return
            cart = storefront.create_cart(
                channel=CHANNEL, now=at, user_id=str(user.pk), language=user.language, country=user.country,
                metadata=_AGREED, cart_id=self._uuid(),
            )  # fmt: skip
            storefront.add_line(cart, variant, now=at)
            storefront.place_order(cart, now=at, order_id=self._uuid())

        return act

    def _variant(self, link: str, now: datetime) -> str | None:
        """One that is there in plenty, so that no other story of the demo runs short of it."""
        there = Variant.objects.filter(stock__quantity__gte=4, prices__channel__slug=CHANNEL, prices__listed=True)
        there = there.filter(product__published=True).order_by("pk")
        if found := read_click(link, now):
            slug = re.search(r"/products/([\w-]+)", found[1])
            clicked = there.filter(product__slug=slug[1]) if slug else there.none()
            there = clicked if clicked.exists() else there.filter(product__category__slug__endswith="coats-jackets")
        keys = list(there.values_list("pk", flat=True))
        return str(self.dice.choice(keys)) if keys else None

    def _uuid(self) -> UUID:
        return UUID(int=self.dice.getrandbits(128), version=4)


def _with_categories(written: str) -> str:
    """The file with the shop's own numbers in the places of slugs."""
    keys = dict(Category.objects.values_list("slug", "pk"))
    return re.sub(r'"@([\w-]+)"', lambda slug: f'"{keys[slug[1]]}"', written)


def _done(answered: bool) -> None:
    if not answered:
        raise AssertionError("a link of a mail leads nowhere")
