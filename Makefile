# Two commands matter: `make demo` and `make test`. Both install first what they need, into .venv in this tree.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
PACKAGES := $(VENV)/.packages
INSTALLED := $(VENV)/.installed
WORKERS ?= 3
PROCESSES ?= 2
MINUTES ?= 10
STEPS ?= 1000000
SEEDS ?= 500
FIRST ?= 1

# A name on PATH may be a shim that does not run, so each is tried; PYTHON=/path/to/python3.12 overrides.
ENOUGH := import sys, ensurepip, venv; raise SystemExit(sys.version_info < (3, 11))
FIND_PYTHON = $(if $(PYTHON),echo "$(PYTHON)",for name in python3.13 python3.12 python3.11 python3; do \
	if $$name -c '$(ENOUGH)' >/dev/null 2>&1; then echo "$$name"; break; fi; done)

.PHONY: help install demo test helpers lint bench network soak fuzz lock browser docs catalogues clean

help:  ## what there is to do (this)
	@echo "Openline: the line between two control centres that share one sky."
	@echo
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18
	@echo
	@echo "  PYTHON=...   which Python makes .venv (3.11 or newer; found by itself)"
	@echo "  ARGS=...     more for openline demo, such as ARGS='--flights 100 --minima threes'"
	@echo "  WORKERS=3    how many tests run at a time"
	@echo "  MINUTES=10   how long make fuzz goes on"
	@echo "  STEPS=1000000 SEEDS=500 FIRST=1   how many steps make soak runs, over how many seeds, from which; PROCESSES=2"

install: $(INSTALLED)  ## make .venv from the lock: pinned versions, checked hashes

$(PACKAGES): requirements.lock pyproject.toml
	@python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ] || ! "$$python" -c '$(ENOUGH)' >/dev/null 2>&1; then \
		echo "Openline needs Python 3.11 or newer, with its venv module$${python:+ ($$python is not that)}."; \
		echo "Install one (on Debian: apt-get install python3 python3-venv), or say where it is: make PYTHON=/path/to/python3 $(MAKECMDGOALS)"; \
		exit 1; \
	fi; \
	if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
		echo "Making $(VENV) with $$($$python --version) ..."; \
		rm -rf $(VENV); "$$python" -m venv $(VENV); \
	fi
	@echo "Installing the locked packages into $(VENV) (a minute or two the first time) ..."
	@# --no-compile: Python keeps compiled what is imported, which is a small part of all that comes
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --no-compile --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation -e .
	@touch $@

$(INSTALLED): $(PACKAGES)
	@$(BIN)/python -m compileall -q src/openline
	@echo "Compiling the conflict engine for this machine (a minute or two the first time; kept in the user's cache) ..."
	@$(BIN)/openline compile --json >/dev/null
	@touch $@

demo: install  ## two control centres settle real conflicts over the line (under a minute)
	@$(BIN)/openline compile --json >/dev/null  # where the code is newer than what was compiled; else 3 s
	@$(BIN)/openline demo $(ARGS)

test: $(PACKAGES)  ## every check: style, types, import rules, tests; ends with pytest's summary
	@$(MAKE) --no-print-directory --jobs=3 --output-sync=line $(INSTALLED) lint helpers  # side by side: a minute less
	$(BIN)/pytest -n $(WORKERS)
	@.ci/browser find >/dev/null || echo "browser tests were not run: no chromium"

helpers:
	@.ci/browser install || true
	@.ci/strace install || true

lint: $(PACKAGES)  ## style, types and import rules alone
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fuzz: install  ## bring in what nobody foresaw for a while: MINUTES=10; what broke something is kept in .fuzz/
	$(BIN)/python tests/fuzz/long.py $(MINUTES)

bench: install  ## run the measurements in bench/
	@for script in $$(grep -l 'Run by ``make bench``' bench/*.py); do \
		echo "== $$script"; $(BIN)/python "$$script" || [ $$? -eq 77 ]; \
	done

network: install  ## the line on a bad network between two namespaces, whole (an hour; error 77: not permitted here)
	$(BIN)/python bench/network.py --traffic-s 1000 --cut-s 600 $(ARGS)

soak: install  ## simulate a million steps over many seeds, until a promise breaks (an hour or more)
	$(BIN)/python bench/soak.py --steps $(STEPS) --seeds $(SEEDS) --first $(FIRST) --processes $(PROCESSES)
	@if grep -q '^network:' $(firstword $(MAKEFILE_LIST)); then $(MAKE) --no-print-directory network; fi

docs: install  ## write the tables and diagrams in docs/ anew, from the code
	$(BIN)/python docs/generate.py

catalogues: install  ## bring the translations (src/openline/phrases/locale) up to the sentences of the code
	$(BIN)/python -m openline.phrases.extraction

lock:  ## compile requirements.lock anew from pyproject.toml (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv, which is no dependency of Openline: install it by itself (for example: pipx install uv) and try again."; exit 1; }
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--extra dev pyproject.toml -o requirements.lock

browser: install  ## find or install a chromium for the browser tests
	@.ci/browser install

clean:  ## remove .venv and everything that tools have left
	rm -rf $(VENV) build dist demo-output .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .fuzz
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
