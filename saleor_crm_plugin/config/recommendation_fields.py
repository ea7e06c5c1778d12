"""The settings of recommendations, and of who may see a history."""

from ..values import flag
from . import recommendations
from .field import Field, Kind

RECOMMENDATION_FIELDS: tuple[Field, ...] = (
    Field(
        "recommendations_sizes",
        Kind.TEXT,
        "Recommendations: sizes",
        "The slugs of the attributes that are sizes, with commas between them. Nobody is shown what is there in other sizes only than those that they bought.",
        "size, shoe-size",
        recommendations.slugs,
    ),
    Field(
        "recommendations_genders",
        Kind.TEXT,
        "Recommendations: for whom",
        "The slugs of the attributes that say for whom a product is, with commas between them. Who buys for one only is shown that one.",
        "gender",
        recommendations.slugs,
    ),
    Field(
        "trust_unconfirmed",
        Kind.FLAG,
        "Accounts: show the history of an address that nobody confirmed",
        "An account has the history of its address, guest orders too, once the address is confirmed; before, the CRM takes it for a guest. Tick this only if your shop confirms no addresses and you want points and personal recommendations all the same: whoever registers an address of somebody else's gets what its owner has, points too.",
        False,
        flag,
    ),
)
