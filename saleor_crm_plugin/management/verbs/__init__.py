"""Verbs of ``manage.py crm`` that fill a module of their own."""
