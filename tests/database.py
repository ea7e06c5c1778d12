"""Starts the embedded PostgreSQL before pytest-django reads the settings (loaded by ``-p`` in pyproject.toml)."""

from saleor_crm_plugin.shop.sandbox import database

database.start()
