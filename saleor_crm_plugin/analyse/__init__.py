"""A look at a shop's customers from a list of its orders, before anything is installed."""
