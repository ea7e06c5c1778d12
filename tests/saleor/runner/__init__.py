"""What it takes to run our tests inside a Saleor checkout: find it, serve it a database, install us into it."""
