# The commands of the project. `make` alone lists them.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
LOCKED := .venv/.locked
READY := .venv/.ready
DEMO := demo/.ready
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help report test soak check messages lab bench clean lock

help:
	@echo "make report   the demo company and its reports; ends with the path of their index"
	@echo "make test     the whole test suite"
	@echo "make soak     the long simulations at full size"
	@echo "make check    style, types, layers, stripped notebooks and complete translations"
	@echo "make messages the catalogues of the languages brought up to date; what is new is left to translate"
	@echo "make lab      JupyterLab on the notebooks"
	@echo "make bench    speed against hand-written code and the plain tools"
	@echo "make lock     renew requirements.lock from pyproject.toml"
	@echo "make clean    remove what the commands made"

# Each stamp is written last: what was interrupted half-way is done again.
$(LOCKED): requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "Python 3.11 is needed: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv .venv
	$(PIP) install --quiet -r requirements.lock
	touch $@

$(READY): $(LOCKED) pyproject.toml
	$(PIP) install --quiet --no-deps -e .
	touch $@

# Only what writes the demo makes it out of date.
$(DEMO): $(wildcard salesops_lib/data/demo*.py salesops_lib/data/demo/*.py) salesops_lib/data/schema.py | $(READY)
	$(BIN)/salesops demo --out demo --reps 40 --years 3 --seed 7
	touch $@

report: $(READY) $(DEMO)
	$(BIN)/salesops run params/quarterly_review.yml --set quarter=2026Q3
	$(BIN)/salesops run params/rep_comparison.yml --set quarter=2026Q3
	$(BIN)/salesops run params/forecasting.yml --set quarter=2026Q4
	$(BIN)/salesops run params/crm_health.yml --set quarter=2026Q3
	@echo "$(CURDIR)/reports/index.html"

# The notebooks are run as they stand, on the demo company.
test: $(READY) $(DEMO)
	$(BIN)/python -m pytest -n 2

soak: $(READY) $(DEMO)
	$(BIN)/python -m pytest -n 2 -m soak

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/nbstripout --verify notebooks/*.ipynb
	$(BIN)/python -m pytest -q tests/language/test_catalogues.py

EXTRACT := $(BIN)/pybabel -q extract -F babel.cfg -k later -k nlater:1,2 --sort-output --add-location=file --no-wrap
messages: $(READY)
	mkdir -p build
	$(EXTRACT) -o build/salesops.pot .
	$(BIN)/pybabel -q update -D salesops -i build/salesops.pot -d salesops_lib/locales \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap

lab: $(READY) $(DEMO)
	$(BIN)/salesops lab

bench: $(READY)
	$(BIN)/python -m benchmarks

# An environment of its own, so that the lock never copies what a developer happened to install.
lock:
	$(PYTHON) -m venv --clear .venv-lock
	.venv-lock/bin/python -m pip install --quiet -e ".[dev]"
	.venv-lock/bin/python -m pip freeze --exclude-editable | grep -E '^[A-Za-z0-9._-]+==' > requirements.lock
	rm -rf .venv-lock

clean:
	rm -rf .venv .venv-lock demo reports build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
