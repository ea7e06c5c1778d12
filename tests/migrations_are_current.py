"""Fails if the models have changes that no migration has: ``python -m tests.migrations_are_current``."""

import os

import django
from django.core.management import call_command


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "saleor_crm_plugin.shop.sandbox.settings"
    from saleor_crm_plugin.shop.sandbox import database

    database.start()
    django.setup()
    call_command("makemigrations", "--check", "--dry-run")


if __name__ == "__main__":
    main()
