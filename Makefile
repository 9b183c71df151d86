# Everything a person or CI does here has a target. A fresh machine needs python3 (3.11 or newer, with venv) and make.

PYTHON ?= python3
FUZZ ?= tests/fuzz
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
LOCKED := $(PIP) install --quiet --require-hashes --only-binary :all:
SOURCES := $(wildcard lumakit mockserver tests bench docs/*.py)
PYRIGHT = PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/basedpyright
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(if $(UPGRADE),--upgrade)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help mock test cover fuzz check browser examples bench torture lock wheel-check format lint types layers docs clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

mock: .venv/.run-stamp ## run the mock server with all vendored providers, on port 4010
	$(BIN)/lumakit mock $(MOCK)

# Hundreds of commands are started: what was compiled for the first is kept for the others, whatever the shell says.
test cover: export PYTHONDONTWRITEBYTECODE :=
test: .venv/.dev-stamp ## run the tests, on every core
	$(BIN)/python -m pytest -n auto

cover: .venv/.dev-stamp ## run the tests with their coverage, which takes longer; below the floor of pyproject.toml it fails
	$(BIN)/python -m pytest -n auto --cov --cov-report=term

fuzz: .venv/.dev-stamp ## spoil everything that is read, thousands of times: some minutes; FUZZ=tests/fuzz/test_texts.py is one part
	LUMAKIT_FUZZ=long nice $(BIN)/python -m pytest -n auto -q $(FUZZ)

check: lint types layers docs test ## everything that can be said without building a package

browser: ## install Debian's Chromium and ffprobe where they are missing, for the tests that watch films
	scripts/browser.sh

examples: .venv/.dev-stamp ## test the projects in examples/, each in an environment of its own with the wheel
	scripts/examples.sh $(BIN)/python

bench: .venv/.dev-stamp ## measure the speed the project promises, and the mock beside the peers that are installed
	$(BIN)/python bench/run.py
	$(BIN)/python bench/plugin.py
	$(BIN)/python bench/serve.py --markdown bench/RESULTS.md

torture: .venv/.dev-stamp ## kill servers under load, tear logs, crowd them, live through a day; needs redis-server and wrk
	$(BIN)/python bench/torture.py --markdown bench/RELIABILITY.md
	$(BIN)/python bench/anomalies.py --markdown bench/RELIABILITY.md
	$(BIN)/python bench/recovery.py --markdown bench/RELIABILITY.md
	$(BIN)/python bench/torn.py --markdown bench/RELIABILITY.md
	$(BIN)/python bench/soak.py --markdown bench/RELIABILITY.md
	$(BIN)/python bench/stores.py --markdown bench/RELIABILITY.md
	$(BIN)/python bench/connections.py --markdown bench/RELIABILITY.md

lock: .venv/.dev-stamp ## write the lock files again; UPGRADE=1 takes the newest releases
	$(COMPILE) pyproject.toml --all-extras --group dev --output-file requirements/dev.lock
	$(COMPILE) pyproject.toml --extra server --extra httpx --constraint requirements/dev.lock --output-file requirements/run.lock
	$(COMPILE) pyproject.toml examples/*/pyproject.toml examples/tests.in --extra pytest --constraint requirements/dev.lock --output-file requirements/examples.lock
	$(COMPILE) --group build --constraint requirements/dev.lock --output-file requirements/build.lock

wheel-check: .venv/.dev-stamp ## build the wheel and use it in an empty environment
	scripts/wheel-check.sh $(BIN)/python

format: .venv/.dev-stamp ## put the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: .venv/.dev-stamp ## ruff: form and likely bugs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: .venv/.dev-stamp ## mypy and pyright, strict, and every public name with its type
	$(BIN)/mypy $(SOURCES)
	$(PYRIGHT)
	@mkdir -p .cache
	@for room in lumakit mockserver; do \
	  $(PYRIGHT) --verifytypes $$room --ignoreexternal > .cache/types-of-$$room.txt || { cat .cache/types-of-$$room.txt; exit 1; }; \
	  echo "$$room: $$(grep 'completeness' .cache/types-of-$$room.txt)"; \
	done

layers: .venv/.dev-stamp ## import-linter: who may import whom
	$(BIN)/lint-imports --no-logo --cache-dir .cache/import-linter

docs: .venv/.dev-stamp ## fail when a generated page is not what the code says
	$(BIN)/python docs/generate.py --check

clean: ## forget everything that was made
	rm -rf .venv .cache .hypothesis dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.made-stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "lumakit needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)."; \
	  echo "Name another one: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

# Hatchling writes the `lumakit` command and the metadata, so it stands beside the runtime; build.lock keeps it out of run.lock.
.venv/.run-stamp: .venv/.made-stamp requirements/run.lock requirements/build.lock pyproject.toml
	@echo "installing what the server needs into .venv ..."
	$(LOCKED) -r requirements/run.lock -r requirements/build.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev-stamp: .venv/.run-stamp requirements/dev.lock
	@echo "installing what the tests need into .venv: a minute or so the first time ..."
	$(LOCKED) -r requirements/dev.lock
	@touch $@
