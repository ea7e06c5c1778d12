"""The settings of how mails look."""

from .field import Field, Kind
from .look import looks

LOOK_FIELDS: tuple[Field, ...] = (
    Field(
        "look",
        Kind.MULTILINE,
        "Look of the mails",
        "One a line: logo = https://…, logo width = 160, accent = #174c40, ground = #f3f1ec, ink = #1d1c1a, font = Inter, Arial, sans-serif, headings = Georgia, serif, address = your postal address, instagram = https://… (or facebook, tiktok, youtube, pinterest, …). With a channel's slug in front, such as poland: address = …, for that channel only. Colours that can't be read are refused.",
        "",
        looks,
    ),
)
