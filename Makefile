# What a person does with a clone. Needs Python 3.11 or newer, make and a package index; everything
# else is installed into .venv, checked against the hashes in requirements/*.lock.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# More arguments for pytest: make test ARGS='tests/flow -x'
ARGS ?=

INSTALL = @command -v $(PYTHON) >/dev/null || \
	{ echo "no $(PYTHON) here: outcrop needs Python 3.11 or newer, named by make PYTHON=..." >&2; exit 1; }; \
	$(PYTHON) requirements/install.py $(VENV)

# Says itself why it failed. What needs the model then says so too, and the rest runs without it.
PULL = @$(BIN)/outcrop emulate pull || echo "going on without the local model" >&2

.DEFAULT_GOAL := help

.PHONY: help
help: ## list what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | \
		while IFS='|' read -r name text; do printf '  make %-14s %s\n' "$$name" "$$text"; done

.PHONY: install-run
install-run:
	$(INSTALL) run

.PHONY: install-dev
install-dev:
	$(INSTALL) dev

.PHONY: demo
demo: install-run ## ask a real local model a question through the gateway
	$(PULL)
	@$(BIN)/outcrop demo

.PHONY: test
test: install-dev ## run all tests
	$(PULL)
	$(BIN)/python -m pytest $(ARGS)

.PHONY: check
check: install-dev ## format, lint, types, import contracts
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

.PHONY: test-clients
test-clients: install-dev ## run real clients against gateway and emulator
	$(PULL)
	$(BIN)/python -m tests.clients

.PHONY: bench
bench: install-dev ## measure against floors and peers
	$(BIN)/python -m bench

.PHONY: docs
docs: install-dev ## run every block of README and docs
	$(BIN)/python -m pytest tests/docs $(ARGS)

.PHONY: lock
lock: ## resolve requirements/*.in again; UPGRADE=1 takes the newest of everything
	$(INSTALL) lock
	cd requirements && $(LOCK) ../pyproject.toml --extra all run.in dev.in --output-file dev.lock
	cd requirements && $(LOCK) ../pyproject.toml --extra all run.in --constraints dev.lock --output-file run.lock
	cd requirements && $(LOCK) lock.in --output-file lock.lock
	cd tests/clients/requirements && for each in *.in; do \
		$(LOCK) $$each --output-file $${each%.in}.lock || exit; done
	$(INSTALL) dev
	$(BIN)/python -m tests.clients.node --lock $(if $(UPGRADE),--upgrade)
LOCK = $(CURDIR)/$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links \
	--custom-compile-command 'make lock' $(if $(UPGRADE),--upgrade)

.PHONY: clean
clean: ## remove everything made here
	rm -rf $(VENV) .venv-clients build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
