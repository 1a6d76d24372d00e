# Promo. `make help` prints what each target does: the words after ## on its line.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
PORT ?= 5000
SIZE ?= large
SEED ?= 1
export PORT
export PIP_DISABLE_PIP_VERSION_CHECK = 1

BIN := .venv/bin
FRONT_SOURCES := $(shell find static/src static/build.mjs -type f 2>/dev/null)
CATALOGUES := $(shell find promo/translations -name '*.po' 2>/dev/null)
TESTS ?= tests
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest --durations=10 --durations-min=0.05
RULES := $(PYTEST) -n $(WORKERS) --ignore=tests/browser --ignore=tests/benchmarks $(TESTS)

.PHONY: help
help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: .venv/.python .venv/.front .venv/.words ## Install what `run` and `test` both need (a second time: at once)

.venv/.venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Promo needs Python 3.11 or newer: make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "Install the venv module first: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv .venv && touch $@

.venv/.python: .venv/.venv requirements.txt requirements-dev.txt pyproject.toml
	@echo "Installing Python packages…"
	@$(BIN)/python -m pip install -qq --require-hashes -r requirements.txt -r requirements-dev.txt
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.node_modules: package.json package-lock.json tools/npm | .venv/.python
	@echo "Installing front-end packages…"
	@tools/npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

.venv/.front: .venv/.node_modules $(FRONT_SOURCES)
	@PATH="$$(tools/npm --path):$$PATH" node static/build.mjs
	@touch $@

.venv/.words: $(CATALOGUES) | .venv/.python
	@[ -z "$(CATALOGUES)" ] || $(BIN)/pybabel --quiet compile --directory promo/translations --domain messages
	@touch $@

.PHONY: run
run: setup ## Serve Promo with demo data at http://127.0.0.1:$PORT (5000)
	@PROMO_DEMO=true $(BIN)/promo db upgrade
	@PROMO_DEMO=true $(BIN)/promo demo load --size small --if-empty
	@PROMO_DEMO=true $(BIN)/promo demo logins
	@exec env PROMO_DEMO=true PROMO_LOG_FORMAT=text $(BIN)/promo serve

.PHONY: test
test: setup ## Test everything: rules on SQLite and on PostgreSQL, then the stories in a browser
	@tools/system.sh postgresql chromium
	@echo "── Rules on SQLite"; $(RULES)
	@echo "── Rules on PostgreSQL"; PROMO_TEST_DATABASE=postgresql $(RULES)
	@echo "── Stories in a browser, SQLite"; $(PYTEST) -n $(WORKERS) tests/browser
	@echo "── The main job in a browser, PostgreSQL"; PROMO_TEST_DATABASE=postgresql $(PYTEST) -m both_databases tests/browser

.PHONY: test-quick
test-quick: setup ## Test the rules on SQLite only
	@$(RULES)

.PHONY: lint
lint: setup ## Check style, types, floors, templates and translations
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(PYTEST) --durations=0 -n 0 tests/test_layout.py tests/test_translations.py

.PHONY: format
format: setup ## Put the code into its usual form
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

.PHONY: bench
bench: setup ## Measure speed and memory on both databases (SIZE=small: five minutes), write bench.json
	@tools/system.sh postgresql
	@$(BIN)/python -m tests.benchmarks --size $(SIZE)

.PHONY: screenshots
screenshots: setup ## Take a picture of each page, es and en, 390 and 1280 px, into screenshots/
	@tools/system.sh chromium
	@$(BIN)/python -m tests.browser.screenshots

.PHONY: guide
guide: setup ## Take the pictures of the guide again, into docs/guide/pictures
	@tools/system.sh chromium
	@$(BIN)/python -m tests.browser.guide

.PHONY: words
words: .venv/.python ## Collect the words on screen into the catalogues; FROM=folder merges translations from its CSV files
	@$(BIN)/python -m tools.words $(FROM)
	@$(MAKE) .venv/.words

.PHONY: lock
lock: .venv/.venv ## Pin every Python package by hash (after changing requirements*.in)
	@[ -x $(BIN)/uv ] || $(BIN)/python -m pip install -qq uv
	@export UV_CUSTOM_COMPILE_COMMAND="make lock"; \
	for name in requirements requirements-dev; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	    --no-emit-index-url --no-emit-find-links $(UPGRADE) $$name.in -o $$name.txt || exit 1; \
	done
	@! grep -nE '://|--find-links|--index-url' requirements.txt requirements-dev.txt

.PHONY: clean
clean: ## Remove what can be made again (the data in var/ stays)
	@rm -rf .venv node_modules static/dist screenshots bench.json .mypy_cache .ruff_cache .pytest_cache .hypothesis \
	  .import_linter_cache *.egg-info
	@find promo -name '*.mo' -delete; find . -name __pycache__ -type d -prune -exec rm -rf {} +
