"""Which products to show to whom: arrays in, products and scores out. No Django, no database in here."""
