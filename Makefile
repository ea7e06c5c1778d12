# make demo, make test: on a bare machine with Python 3.11+ and pip. Everything is set up in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: demo test check fidelity kills pictures test-saleor bench clean help

help: ## show this
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

$(VENV)/.%: setup.py
	@test -x $(BIN)/python || { echo "Making $(VENV) ..."; $(PYTHON) -m venv $(VENV); }
	@echo "Installing what '$*' needs (a minute or two, the first time) ..."
	@$(BIN)/pip install --quiet -e '.[$*]'
	@touch $@

demo: $(VENV)/.demo ## make a demo shop, run the CRM in it, write demo-out/index.html
	@$(BIN)/saleor-crm demo --out demo-out

test: $(VENV)/.test ## run the tests on an embedded PostgreSQL, on all processors
	@$(BIN)/python -m pytest -n auto --dist loadfile

check: $(VENV)/.dev ## style, types, floors, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.migrations_are_current
	$(BIN)/python -m saleor_crm_plugin.emails.lint
	$(BIN)/python -m tests.emails.fidelity

fidelity: $(VENV)/.test ## inline each mail in each language with 200 random contents, before and after filling (20 minutes)
	@CRM_CONTEXTS=200 $(BIN)/python -m pytest -q tests/emails/test_hostile.py -k inlining

kills: $(VENV)/.test ## kill workers with -9 amid a newsletter to 10,000, and count who got it (some minutes)
	@CRM_RECIPIENTS=10000 $(BIN)/python -m pytest -q -n 0 tests/flows/campaigns/test_killed_worker.py tests/emails/test_killed_worker.py

pictures: $(VENV)/.demo ## take pictures of all mails with headless Chromium into docs/mails
	@$(BIN)/saleor-crm pictures

test-saleor: ## run tests/saleor inside every real Saleor found (SALEOR_HOME, ~/saleor/*; BRANCH=3.23 for one)
	@$(PYTHON) tests/saleor/run.py $(if $(BRANCH),--branch $(BRANCH))

bench: $(VENV)/.bench ## measure, beside a named peer in the same run (about an hour)
	@$(BIN)/python -m benchmarks.render
	@$(BIN)/python -m benchmarks.newsletter
	@$(BIN)/python -m benchmarks.checkout_latency
	@$(BIN)/python -m benchmarks.clv
	@$(BIN)/python -m benchmarks.segments
	@$(BIN)/python -m benchmarks.backfill
	@$(BIN)/python -m benchmarks.events
	@$(BIN)/python -m benchmarks.recs
	@$(BIN)/python -m benchmarks.recs_big
	@$(BIN)/python -m benchmarks.training
	@$(BIN)/python -m benchmarks.serving
	@$(BIN)/python -m benchmarks.vouchers
	@$(BIN)/python -m benchmarks.decisions
	@$(BIN)/python -m benchmarks.uplift
	@$(BIN)/python -m benchmarks.stock
	@$(BIN)/python -m benchmarks.replay

clean: ## remove what was made here
	rm -rf $(VENV) .sandbox demo-out build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
