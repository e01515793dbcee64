# Forecourt. `make run` starts the demo store, `make test` runs the tests; each does its own set-up.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
JOBS ?= 2
PYTEST := $(BIN)/pytest -q -n $(JOBS) --dist loadgroup
# What talks to the database in a way that differs; pages, letters and accounts give the same answers on both.
ON_POSTGRES := $(addprefix tests/integration/,catalog checkout contracts kernel) tests/journeys tests/faults tests/api/test_idempotency.py tests/api/test_ordering.py
# Run on SQLite without counting lines: other processes do most of the work here, and counting makes it slow.
UNMEASURED := tests/browser tests/faults tests/house
# Homebrew's libraries are outside the default search path of macOS.
export DYLD_FALLBACK_LIBRARY_PATH := /opt/homebrew/lib:/usr/local/lib:$(DYLD_FALLBACK_LIBRARY_PATH)

.PHONY: run test check prove bench screens lint types imports migrations coverage base dev lock clean help

help:
	@echo "make run       the demo store on http://127.0.0.1:$(PORT)"
	@echo "make test      the tests (PostgreSQL, browser and Stripe stand-in where found)"
	@echo "make check     ruff, import contracts, mypy, migrations, tests, coverage"
	@echo "make prove     the full sizes that are sampled in check"
	@echo "make bench     the figures, [ONLY=api]; writes build/bench.json"
	@echo "make screens   every page and PDF page into build/screens/index.html"

base:
	@$(PYTHON) deploy/bootstrap.py base

dev:
	@$(PYTHON) deploy/bootstrap.py dev

# No shell between make and Python here and in `prove`: macOS takes DYLD_* away from whatever /bin/sh starts.
run: export PORT := $(PORT)
run: base
	@$(BIN)/python manage.py demo

test: dev
	@rm -f .coverage .coverage.*
	$(PYTEST) --database sqlite --cov --cov-report= $(addprefix --ignore=,$(UNMEASURED)) $(ARGS)
	$(PYTEST) --database sqlite $(UNMEASURED) $(ARGS)
	$(PYTEST) --database postgres $(ON_POSTGRES) $(ARGS)

check: dev lint imports types migrations test coverage

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .

imports:
	$(BIN)/lint-imports

types:
	$(BIN)/mypy

migrations:
	DJANGO_SETTINGS_MODULE=storefront.settings.test $(BIN)/python manage.py makemigrations --check --dry-run

coverage:
	$(BIN)/coverage report --include='*/domain/*,kernel/money.py,kernel/text.py' --skip-covered --fail-under=98
	$(BIN)/coverage report --omit='*/domain/*' --skip-covered --fail-under=90

prove: export FORECOURT_PROVE := 1
prove: dev
	$(PYTEST) --database sqlite -m prove $(if $(ONLY),-k $(ONLY))
	$(PYTEST) --database postgres -m prove $(if $(ONLY),-k $(ONLY)) $(ON_POSTGRES)

bench: dev
	$(BIN)/python -m benchmarks $(ONLY)

screens: dev
	$(BIN)/python -m tests.support.screens

lock:
	$(BIN)/python -m uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements/base.in -o requirements/base.txt
	$(BIN)/python -m uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements/fast.in -o requirements/fast.txt
	$(BIN)/python -m uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements/dev.in -o requirements/dev.txt

clean:
	rm -rf .venv build var .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
