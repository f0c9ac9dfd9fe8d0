# Two commands do all the set-up that they need: make demo, make test. ARGS goes to the program behind the target.
#   make demo ARGS="--once --json"      make test ARGS="-k cursor"

.PHONY: help demo test check contracts bench

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# Processes that share the tests; a module's tests stay together, because they share what they start.
WORKERS ?= auto
# A new folder under tests/ is found by itself. Modules are handed out in this order: those that take minutes come first
# and the small ones last, so that all processes end together.
LONG := tests/e2e tests/simulation
REST := $(filter-out $(LONG) tests/unit tests/support tests/conftest.py tests/__pycache__,$(sort $(wildcard tests/*)))
TESTS := $(LONG) $(REST) tests/unit

help:
	@echo "make demo   embedded AWS, a seeded Tryton and all workers, until Ctrl-C"
	@echo "make test   every test, on all cores"
	@echo "make check  format, lint, types, import rules"
	@echo "make contracts  the connectors against vendors' contracts, where they are at hand"
	@echo "make bench  the benchmarks"

demo: $(READY)
	@$(BIN)/erpflow demo $(ARGS)

test: $(READY)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder $(TESTS) $(ARGS)

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Vendors' contracts are not part of this project; where there are none, one line says so.
CONTRACTS ?= ../shared/specs

contracts: $(READY)
	@$(BIN)/python -m tests.contract.specs $(CONTRACTS)

bench: $(READY)
	@$(BIN)/python -m benchmarks $(ARGS)

# Everything is said on standard error, so that the output of a target is that of its program alone. uv lives in the
# environment that it fills: --inexact keeps it there, and whatever connector package somebody has added.
$(READY): pyproject.toml uv.lock
	@exec 1>&2; set -e; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "erpflow needs Python 3.11 or newer as $(PYTHON); name another one with PYTHON=/path/to/python3."; exit 1; }; \
	echo "Setting up .venv (about a minute, once)."; \
	test -x $(BIN)/python || $(PYTHON) -m venv .venv || { \
	    rm -rf .venv; \
	    echo "$(PYTHON) cannot make a virtual environment; install its venv module (python3-venv on Debian)."; exit 1; }; \
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.8,<1'; \
	VIRTUAL_ENV= UV_PROJECT_ENVIRONMENT=.venv $(BIN)/uv sync --quiet --frozen --inexact --all-extras \
	    --python $(BIN)/python; \
	touch $@
