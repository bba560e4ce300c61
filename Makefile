# The two commands of a newcomer are `make run` and `make test`; `make help` lists the others.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all:

# Some images set it. Without compiled modules, every process of ours takes a tenth longer to start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help messages user-agents run test api-fuzz chaos lint format bench screenshots lock install install-dev clean
.DEFAULT_GOAL := help

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

run: install ## Start everything; Ctrl-C stops it
	@exec $(BIN)/python manage.py up

# Every process of `-n` has a PostgreSQL and a Valkey of its own.
test: install-dev user-agents ## Run the tests (ARGS="-n0 -k slug" passes words to pytest)
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile $(ARGS)

chaos: install-dev ## Kill processes under load, at full length (some minutes)
	@CHAOS=full PROTOCOL_CASES=100000 HOSTILE_REQUESTS=100000 \
		$(BIN)/python -m pytest -s tests/chaos tests/redirects/test_protocol.py tests/redirects/test_hostile.py

api-fuzz: install-dev ## Send every operation of the API 200 generated requests and more: ten to forty minutes (FUZZ_EXAMPLES=20 for fewer)
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-200} $(BIN)/python -m pytest -v -n auto --maxprocesses 4 --dist worksteal \
		tests/api/test_fuzz.py $(ARGS)

lint: install-dev ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install-dev ## Rewrite the code in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install-dev ## Measure, beside nginx's bare 302 (ARGS="hot --json" picks scenarios)
	@$(BIN)/python loadtests/bench.py $(ARGS)

screenshots: install-dev ## Draw the pictures of README again (needs Chromium)
	@$(BIN)/python -m pytest tests/browser/screenshots.py

messages: install-dev ## Gather the texts for translators (needs gettext)
	@DATA_DIR=$$(mktemp -d) $(BIN)/python manage.py makemessages --locale de --no-wrap --no-location \
		--ignore '.venv/*' --ignore 'tests/*' --ignore 'loadtests/*'

lock: install-dev ## Resolve the lock files again (needs uv)
	uv pip compile pyproject.toml --quiet --generate-hashes --universal --python-version 3.11 \
		--no-emit-index-url --no-header --no-annotate -o requirements.lock
	uv pip compile pyproject.toml --quiet --generate-hashes --universal --python-version 3.11 \
		--no-emit-index-url --no-header --no-annotate --group dev -c requirements.lock -o requirements-dev.lock

clean: ## Remove what the commands above made, except the data directory
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The cases that ua-parser publishes, for the test of accuracy; without npm or a network that test skips.
UA_SHA256 := 3bfcff2e8c7ffa4c5c38ee05a7d31b9f629e6cee8a5eda1415b5895337c5fbfe
UA_CASES := .cache/ua-parser-0.3.5.tgz
user-agents: $(if $(shell command -v npm),$(UA_CASES))
$(UA_CASES):
	@mkdir -p $(@D) && (cd $(@D) && npm pack --silent ua-parser@0.3.5 >/dev/null 2>&1 && \
		echo "$(UA_SHA256)  $(@F)" | sha256sum --check --status) || { rm -f $@; echo "• No cases of ua-parser: that test skips"; }

# A stamp per lock file: nothing is asked of the network again until the lock changes.
install: $(VENV)/.requirements $(BIN)/shorten
install-dev: $(VENV)/.requirements-dev $(BIN)/shorten

# The command of this checkout. `pip install .` makes one that needs no checkout.
$(BIN)/shorten: Makefile | $(BIN)/python
	@printf '#!/bin/sh\nPYTHONPATH="%s" exec "%s/python" -m shortener.cli "$$@"\n' '$(CURDIR)' '$(abspath $(BIN))' > $@
	@chmod +x $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed, and $(PYTHON) is older: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "• Creating the environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "$(PYTHON) cannot create environments: on Debian and Ubuntu, apt install python3-venv"; exit 1; }

$(VENV)/.requirements: requirements.lock | $(BIN)/python
	@echo "• Installing the packages of requirements.lock (once)"
	@$(PIP_INSTALL) -r requirements.lock
	@touch $@

$(VENV)/.requirements-dev: requirements-dev.lock | $(BIN)/python
	@echo "• Installing the packages of requirements-dev.lock (once)"
	@$(PIP_INSTALL) -r requirements-dev.lock
	@touch $@ $(VENV)/.requirements
