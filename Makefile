# One command each. `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
# Set PYTHON=/path/to/python3 to choose one; otherwise the first of these that fits.
PYTHON ?=
PYTHONS := $(or $(PYTHON),python3.11 python3.12 python3.13 python3 /usr/bin/python3)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

.PHONY: help setup system demo test check format bench-peers bench-training endure bench-fairness keras-layers constraints clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.stamp ## Create .venv/ with everything in it (one to three minutes, once)

system: ## Install bubblewrap, which isolates submissions, if it is missing
	@if command -v bwrap >/dev/null; then exit 0; fi; \
	say() { echo "bubblewrap is missing: install it with  sudo apt-get install bubblewrap  (or your system's packages)." >&2; }; \
	if ! command -v apt-get >/dev/null; then say; exit 0; fi; \
	if [ "$$(id -u)" = 0 ]; then as=; elif sudo -n true 2>/dev/null; then as="sudo -n"; else say; exit 0; fi; \
	echo "Installing bubblewrap."; \
	get() { $$as env DEBIAN_FRONTEND=noninteractive apt-get -qq "$$@" >/dev/null 2>&1; }; \
	get install -y bubblewrap || { get update && get install -y bubblewrap; } || say

demo: setup system ## Grade the sample class into demo/
	@mkdir -p demo
	@$(BIN)/grader grade tests/sample_class --assignment convolution \
		--gradebook demo/gradebook.db --record demo/record.json --csv demo/grades.csv --html demo/report
	@echo "Open demo/report/index.html in a browser."

test: setup system ## Run the tests
	@$(BIN)/python -m pytest -n 3 --dist loadscope

check: setup system ## Format, lint, types, import rules, tests
	@$(BIN)/ruff format --check --quiet . || { echo "Run: make format" >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest -n 3 --dist loadscope

format: setup ## Format the code and mend what ruff can mend
	@$(BIN)/ruff check --quiet --fix --exit-zero .
	@$(BIN)/ruff format .

bench-peers: setup system ## Grade the same notebook here, with nbgrader and with otter-grader (about half an hour)
	@$(BIN)/python benchmarks/peers/run.py

endure: setup system ## Grade 2,000 submissions, a third hostile, while the worker is killed (about 20 minutes)
	@$(BIN)/python -m benchmarks.endurance.run

bench-fairness: setup ## Grade five answers 1,000 times each, in noise and with other seeds (an hour or more; can be stopped)
	@$(BIN)/python -m benchmarks.fairness.run

bench-training: setup system ## Train by the referee and by model.fit, side by side (some ten minutes)
	@$(BIN)/python -m benchmarks.training.run

keras-layers: setup ## Write down which layers and settings the installed Keras has
	@$(BIN)/python tests/readers/keras_table.py > grader/readers/keras_layers.json.new
	@mv grader/readers/keras_layers.json.new grader/readers/keras_layers.json

constraints: ## Resolve the newest versions anew and write them to constraints.txt
	@rm -rf $(VENV)
	@: > constraints.txt
	@$(MAKE) setup
	@{ echo "# The exact versions this project is tested with (Python 3.11, Linux). Made by: make constraints"; \
		$(BIN)/python -m pip freeze --exclude-editable; } > constraints.txt
	@touch $(VENV)/.stamp

clean: ## Remove everything that make made, the environments too
	@rm -rf $(VENV) .venv-peers demo build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Lines of pip's that say nothing while all goes well.
CHATTER := ^(WARNING: Location|Looking|Obtaining|Collecting|Processing|Installing collected|Successfully|Requirement|Building|Created|Stored)|^  +(Using|Preparing|Installing|Checking|Getting|Building|Stored|Created)|^  +Downloading .*([0-9.]+ (bytes|kB)|metadata|\([0-9]\.[0-9] MB)

$(VENV)/.stamp: pyproject.toml constraints.txt
	@fits() { "$$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; }; \
	python=; found=; \
	for each in $(PYTHONS); do \
		fits $$each || continue; found=$$each; \
		if "$$each" -c 'import ensurepip, venv' 2>/dev/null; then python=$$each; break; fi; \
	done; \
	if [ -z "$$found" ]; then echo "No Python 3.11, 3.12 or 3.13 found: install one, or name it with  make setup PYTHON=/path/to/python3" >&2; exit 1; fi; \
	if [ -z "$$python" ]; then echo "$$found cannot make environments: install its venv package, on Debian  sudo apt-get install python3-venv" >&2; exit 1; fi; \
	$(BIN)/python -c 'import pip' 2>/dev/null || "$$python" -m venv --clear $(VENV); \
	echo "Installing into $(VENV)/ ($$($(BIN)/python --version)); TensorFlow is large: one to three minutes."; \
	started=$$SECONDS; \
	$(BIN)/python -m pip install --progress-bar off -c constraints.txt -e '.[dev]' 2>&1 \
		| { grep --line-buffered -vE '$(CHATTER)' || true; }; \
	touch $@; \
	echo "Ready in $$((SECONDS - started)) s."
