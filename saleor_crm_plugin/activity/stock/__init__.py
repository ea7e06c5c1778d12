"""Who waits for what: interest in variants that are not there, and what was last seen of them."""
