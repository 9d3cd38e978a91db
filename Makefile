# The doors to the project; `make` or `make help` lists them.
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
# The first Python on the machine that is new enough.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
ARGS ?=
comma := ,
# $(call in,COUNT): all tests run in so many processes, each with servers of its own and file by file, the short ones
# last; with ARGS they run in one, which shows what they print. Two cores have something to do for three that wait for
# their servers now and then, and for four that wait most of the time.
in = --numprocesses $(1) --dist loadfile --no-loadscope-reorder
# $(call twice,DOOR): what failed there is run once more, by itself, and told: on a busy machine something may take
# longer than a test waits for it. What fails twice has failed.
twice = $(MAKE) $(1) || { echo "Once more, by itself, what failed in $(1):"; \
	$(MAKE) $(1) ARGS="--last-failed --last-failed-no-failures none"; }
# Whether the packages in requirements/*.lock come built for this Python (3.11 to 3.14) and system.
IS_LOCKED := import sys; sys.exit(sys.version_info >= (3, 15) or sys.platform not in ("linux", "darwin"))
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock"
# What tells other systems, in requirements/test.lock and reporting.lock (docs/traces.md).
OPTIONAL := --extra traces --extra sentry
CLIENTS := tests/clients/requirements

# $(call install,LOCK,PROJECT): what requirements/LOCK.lock pins, or else what PROJECT allows in pyproject.toml.
define install
@if $(BIN)/python -c '$(IS_LOCKED)'; then \
	$(PIP) install --require-hashes --no-deps --requirement requirements/$(1).lock && \
	$(PIP) install --no-deps --editable .; \
else \
	echo "requirements/$(1).lock is for Python 3.11 to 3.14 on Linux and macOS: installing what pyproject.toml allows."; \
	$(PIP) install --editable '$(2)'; \
fi
@touch $@
endef

.PHONY: help serve test test-slow test-clients test-long lint format schema settings drawings pictures bench bench-load bench-search bench-overload bench-country lock check compare audit release clean

help: ## List the doors.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 23

serve: $(VENV)/.serves ## Serve http://127.0.0.1:8000/graphql; HOST, PORT, DATABASE_URL, REDIS_URL, ARGS say otherwise.
	@exec $(BIN)/ariesone serve --until-parent-ends $(ARGS)

test: $(VENV)/.tests ## Run every test, on servers of their own; ARGS="-k name" for some.
	@$(BIN)/python -m pytest $(or $(ARGS),$(call in,3))

test-slow: $(VENV)/.tests ## Run the tests that take servers down, or their time; ARGS="-k name" for some.
	@$(BIN)/python -m pytest -m "slow and not long" $(or $(ARGS),$(call in,4))

test-clients: $(VENV)/.tests ## Run the clients of npm and PyPI (fetched once) against the server; ARGS="-k name" for some.
	@$(BIN)/python -m pytest tests/clients -m clients $(or $(ARGS),$(call in,2))

test-long: $(VENV)/.tests ## Run the tests that take minutes.
	@$(BIN)/python -m pytest -m long $(ARGS)

check: lint compare ## Check all that must pass before anything lands; what fails in a test once is tried again.
	@$(call twice,test)
	@$(call twice,test-slow)
	@$(call twice,test-clients)
	@$(MAKE) audit

# What was released last is the newest tag's; until there is one, the schema that is kept.
compare: $(VENV)/.serves ## Compare the schema with the last release's; ARGS="--usage FILE" says who uses what (docs/deprecations.md).
	@old=docs/released.graphql; tag=$$(git describe --tags --match 'v*' --abbrev=0 2>/dev/null) && \
		old=$$(mktemp) && git show "$$tag:schema.graphql" >"$$old"; \
	echo "Compared with $${tag:-$$old}:"; $(BIN)/ariesone schema diff "$$old" $(ARGS)

audit: $(VENV)/.tests ## Ask whether pinned packages have known vulnerabilities, where a database of them can be asked.
	@$(BIN)/python -m deploy.release.audit $(ARGS)

release: $(VENV)/.tests ## Build and try out VERSION, which pyproject.toml and a dated CHANGELOG.md name, and tag it.
	@$(BIN)/python -m deploy.release $(VERSION) $(ARGS)

lint: $(VENV)/.tests ## Check style and types.
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

format: $(VENV)/.tests ## Mend what style can mend by itself.
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

schema: $(VENV)/.serves ## Write schema.graphql anew.
	@$(BIN)/ariesone schema export

settings: $(VENV)/.serves ## Write anew what is written from the settings in code: its page, .env.example, docker-compose.yml.
	@$(BIN)/ariesone settings export

drawings: $(VENV)/.tests ## Draw the Mermaid blocks of docs/ anew, in Chromium.
	@$(BIN)/python -m deploy.drawings

pictures: $(VENV)/.tests ## Take the screenshots of docs/ anew, in Chromium.
	@$(BIN)/python -m deploy.pictures

bench: $(VENV)/.bench ## Measure this server beside its peers; ARGS=--quick for a look.
	@$(BIN)/python -m bench $(ARGS)

bench-load: $(VENV)/.serves ## Measure a release, a week and a month loaded; ARGS says how large.
	@$(BIN)/python -m bench.load $(ARGS)

bench-search: $(VENV)/.serves ## Measure whether a search finds what somebody means, among 100,000 companies.
	@$(BIN)/python -m bench.search $(ARGS)

bench-overload: $(VENV)/.serves ## Measure what is still answered at twice the capacity.
	@$(BIN)/python -m bench.overload $(ARGS)

bench-country: $(VENV)/.serves ## Measure 1,900,000 companies, loaded once and kept: finding, what is near, an export, what a larger directory costs.
	@$(BIN)/python -m bench.country --companies 1900000 $(ARGS)
	@$(BIN)/python -m bench.near --companies 1900000
	@$(BIN)/python -m bench.alike
	@$(BIN)/python -m bench.export --companies 1900000
	@$(BIN)/python -m bench.growth

# uv keeps the versions that it finds in the file it writes, so serving has those of the tests.
lock: $(BIN)/uv ## Pin what pyproject.toml asks for in requirements/; ARGS=--upgrade takes the newest.
	@$(LOCK) pyproject.toml --extra test $(OPTIONAL) --output-file requirements/test.lock $(ARGS)
	@cp requirements/test.lock requirements/serve.lock
	@$(LOCK) pyproject.toml --output-file requirements/serve.lock
	@cp requirements/test.lock requirements/reporting.lock
	@$(LOCK) pyproject.toml $(OPTIONAL) --output-file requirements/reporting.lock
	@for each in $(CLIENTS)/*.in; do $(LOCK) $$each --output-file $${each%.in}.lock $(ARGS) || exit 1; done

clean: ## Remove the virtual environment and caches; data in .ariesone stays.
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; install it, or say PYTHON=/path/to/python."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "$(PYTHON) is no Python 3.11 or newer; say PYTHON=/path/to/python."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "$(PYTHON) can't make virtual environments; on Debian: apt-get install python3-venv."; exit 1; }

$(VENV)/.serves: $(BIN)/python pyproject.toml requirements/serve.lock
	@echo "Installing into $(VENV) ..."
	$(call install,serve,.)

$(VENV)/.tests: $(VENV)/.serves requirements/test.lock
	$(call install,test,.[test$(comma)traces$(comma)sentry])

$(VENV)/.bench: $(VENV)/.serves
	@$(PIP) install --editable '.[bench]'
	@touch $@

$(BIN)/uv: $(BIN)/python
	@$(PIP) install 'uv~=0.13.9'
