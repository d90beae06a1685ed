# `make demo` and `make test` set up all they need: a virtual environment here, and nothing else.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEV_READY := $(VENV)/.dev-ready
WORKERS ?= 2

.PHONY: demo test test-long test-stack check lint format types floors docs docs-write benchmarks clean

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "mlrespond needs Python 3.11 or later; try: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(READY): $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(DEV_READY): $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(READY)

demo: $(READY)  ## start the lab, break it, respond, write the postmortem, stop the lab
	$(BIN)/mlir demo

test: $(DEV_READY)  ## the tests, live ones included
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

test-long: $(DEV_READY)  ## long simulations and whole sweeps
	$(BIN)/python -m pytest -n $(WORKERS) -m long

test-stack: $(DEV_READY)  ## pipelines and an LLM gateway, on real servers that take long to start
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[spark]'
	$(BIN)/python -m pytest -m stack_slow

benchmarks: $(DEV_READY)  ## print the benchmark tables
	$(BIN)/python -m tests.benchmarks

lint: $(DEV_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(DEV_READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(DEV_READY)
	$(BIN)/mypy

floors: $(DEV_READY)
	$(BIN)/lint-imports

docs: $(DEV_READY)  ## check that the pages are true: generated parts, links, code blocks
	$(BIN)/python -m pytest -q -m "not live and not long" tests/docs

docs-write: $(DEV_READY)  ## write the generated parts of the pages anew
	$(BIN)/python -m docs.generate

check: lint types floors docs

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
