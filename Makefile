# What people and CI run. Every target sets up what it needs, so a fresh clone needs only Python 3.11+ and make.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)

# Tests of one file share their servers, so they stay together.
PARALLEL ?= --numprocesses auto --dist loadfile

# The real complaints of tests/replay; where they are not, those tests say so and skip.
export BRIDGE_COMPLAINTS ?= $(wildcard $(CURDIR)/../shared/data/isp-complaints-2015.csv)

.PHONY: help venv demo test lint audit check replay bench chaos soak mailstorm mutation clean

help:
	@echo "make demo    six invented days at a panel, in seconds; leaves the folder demo/"
	@echo "make test    every test"
	@echo "make lint    formatting, lint, types and layers"
	@echo "make audit   known vulnerabilities of the dependencies, asked of PyPI (needs its service)"
	@echo "make check   lint, test and audit: before you send a change; CI runs the first two"
	@echo "make replay  two weeks of real complaints through the whole program (BRIDGE_COMPLAINTS: their CSV file)"
	@echo "make bench   what is fast and what is not, measured (minutes)"
	@echo "make soak    an hour of bridge run on a bad day: its log and its memory (MINUTES=10 for less)"
	@echo "make chaos   storms of faults, deaths and outages over weeks of credits, by seed (half an hour)"
	@echo "make mailstorm  500 letters while the line is cut and the panel fails: each becomes one ticket (minutes)"
	@echo "make mutation  breaks the rules in every small way: a test must notice (ten minutes)"
	@echo "make venv    only the virtual environment, in $(VENV)/"
	@echo "make clean   removes the virtual environment, the demo and caches"

venv: $(READY)

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed; name it with PYTHON=..."; exit 1; }
	@echo "Installing what the bridge needs into $(VENV)/, once; this takes a minute or two ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[database,dev]'
	@touch $@

demo: $(READY)
	@$(BIN)/bridge demo

test: $(READY)
	$(BIN)/pytest $(PARALLEL)

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

audit: $(READY)
	@$(BIN)/python -m tests.audit

check: lint test audit

replay: $(READY)
	$(BIN)/pytest tests/replay

bench: $(READY)
	$(BIN)/python -m benchmarks.sweep
	$(BIN)/python -m benchmarks.database_read
	$(BIN)/python -m benchmarks.decide

# MINUTES says how long; an hour is what is promised.
MINUTES ?= 60
soak: $(READY)
	$(BIN)/python -m benchmarks.soak --minutes $(MINUTES)

# Three storms: MariaDB, the database route on SQLite, HTTP alone (a seed's place is its remainder by three). Then
# every fault at every push alone, and kill -9 at every step by every route.
SEED ?= 3 1 2
CYCLES ?= 1000
CREDITS ?= 50
chaos: $(READY)
	$(BIN)/python -m tests.faults.chaos --seeds $(SEED) --cycles $(CYCLES) --credits $(CREDITS)
	$(BIN)/pytest tests/faults/one_by_one.py tests/faults/every_step.py

# mutmut writes the mutants and learns which test reaches what; tests/mutants.py runs them and says why not mutmut.
# MUTATION_NAMES='bridge.domain.credits.*' is one module, MUTATION_CHILDREN how many processes.
mutation: $(READY)
	$(BIN)/mutmut run --max-children 2 'bridge.domain.classify*'
	cp tests/mutants.py mutants/tests/
	cd mutants && PYTHONPATH=. ../$(BIN)/python -m tests.mutants
	$(BIN)/mutmut results | sed '/not checked$$/d'

# Letters that come twice, a line to the mailbox that is cut, a panel that fails: nothing lost, nothing doubled.
LETTERS ?= 500
mailstorm: $(READY)
	$(BIN)/python -m tests.intake.storm --letters $(LETTERS) --seed $(firstword $(SEED))

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .coverage mutants
	@[ ! -f demo/.bridge-demo ] || rm -rf demo
