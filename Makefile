# `make demo` and `make test` need only Python 3.11 or newer and make: each makes the virtual
# environment it needs. VENV= names another environment (an existing one is used as it is),
# PYTHON= the interpreter that makes it.

PYTHON ?= python3
VENV ?= .venv
DEMO ?= demo
PYTEST_ARGS ?=

BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check install --quiet

# One stamp for each set of extras that the environment has; [all] holds the other two.
EXPORT = $(VENV)/.twinlet-export
DEV = $(VENV)/.twinlet-dev
ALL = $(VENV)/.twinlet-all

.DELETE_ON_ERROR:
.PHONY: help demo test lint format clean

help:
	@echo "make demo    from nothing to a report on small digits, in ./$(DEMO)"
	@echo "make test    all tests, in two processes"
	@echo "make lint    formatting, lint, types, layers"
	@echo "make format  format the sources and mend what lint can mend"
	@echo "make clean   remove the environment, caches and the demo's folder"

demo: $(EXPORT)
	$(BIN)/twinlet demo --out $(DEMO)
	@echo "  (twinlet is $(BIN)/twinlet; '. $(BIN)/activate' puts it on the PATH)"

test: $(ALL)
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(PYTEST_ARGS)

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv demo build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "twinlet needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1);" >&2; \
	  echo "name another one: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { \
	  echo "'$(PYTHON)' has no venv module with pip; on Debian and Ubuntu install python3-venv" >&2; \
	  exit 1; }
	$(PYTHON) -m venv $(VENV)

$(EXPORT): pyproject.toml | $(BIN)/python
	@echo "installing twinlet[export] into $(VENV), the first time for a few minutes"
	$(PIP) -e '.[export]'
	@touch $@

$(DEV): pyproject.toml | $(BIN)/python
	@echo "installing twinlet[dev] into $(VENV), the first time for a few minutes"
	$(PIP) -e '.[dev]'
	@touch $@

$(ALL): pyproject.toml | $(BIN)/python
	@echo "installing twinlet[all] into $(VENV), the first time for a few minutes"
	$(PIP) -e '.[all]'
	@touch $(EXPORT) $(DEV) $@
