"""How a newsletter reads to a customer before it is sent (``flows/preview.py``), in whichever version."""

from ...contacts.models import Contact
from ...emails.own.words import Words
from ..places import Place, addressed
from ..preview import Wanted
from .draft import CampaignError
from .models import Campaign
from .words import spoken, wordings

TEMPLATE = "newsletter"


def wanted(campaign: Campaign, version: str = "", language: str = "", contact: Contact | None = None) -> Wanted:
    """What to preview, or to send as a test: as this customer would get it, or an example customer. Raises
    CampaignError where there are no words for it yet.

    ``language`` "" is the customer's.
    """
    place = addressed([contact.pk])[contact.pk] if contact else Place("", "")
    speaks = language or place.language
    try:
        words = wordings([campaign])[campaign.pk].nearest(version or "a", speaks, campaign.language)
    except KeyError:
        raise CampaignError({"texts": f"There are no words in {campaign.language} for this version."}) from None
    channel = place.channel if place.channel in campaign.channels else campaign.channels[0]
    return Wanted(TEMPLATE, Words.of(words.words), channel, spoken(speaks, words.language), contact)
