"""Whether there is anything to tell: our fields stay in the schema while the owner has the plugin switched off."""

from ..config import ConfigError, Settings, parse
from ..shop.port import get_shop


def settings_in_use() -> Settings | None:
    """The owner's settings; None while the plugin is switched off or they can't be read (the log of the jobs says why).

    Two queries. Call it under ``shop.writing()``.
    """
    shop = get_shop()
    if not shop.active():
        return None
    try:
        return parse(shop.configuration())
    except ConfigError:
        return None
