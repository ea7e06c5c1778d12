"""The demo shop's stored settings: the plugin's, and the few of its own."""

from .models import Setting

_OWN = "shop."
DEFAULTS: dict[str, object] = {
    "name": "Morgentau",
    "public_url": "http://127.0.0.1:8000",
    "active": True,
}


def stored() -> dict[str, object]:
    """The plugin's settings as they were saved."""
    rows = Setting.objects.exclude(name__startswith=_OWN)
    return dict(rows.values_list("name", "value"))


def trusting() -> bool:
    """Whether accounts are taken for the owners of their addresses though nobody confirmed them."""
    return stored().get("trust_unconfirmed") is True


def own(name: str) -> object:
    """One of the shop's own: its ``name``, its ``public_url``, whether the plugin is ``active``."""
    value = Setting.objects.filter(name=_OWN + name).values_list("value", flat=True).first()
    return DEFAULTS[name] if value is None else value


def save(name: str, value: object) -> None:
    """Store a setting of the plugin."""
    Setting.objects.update_or_create(name=name, defaults={"value": value})


def save_own(name: str, value: object) -> None:
    """Store a setting of the shop itself."""
    if name not in DEFAULTS:
        raise KeyError(name)
    save(_OWN + name, value)
