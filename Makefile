# `make help` lists what can be done. Only Python 3.11 or later and make are needed beforehand.
PYTHON := .venv/bin/python
INSTALLED := .venv/.installed
# The HAWK client of the tests that is not written in Python.
NODE_CLIENT := tests/hawk/node/node_modules/.package-lock.json
# In the order of the folders: left to itself, pytest-xdist puts the files with the fewest tests, which take longest, last.
TESTS ?= -n 2 --dist loadfile --no-loadscope-reorder

# Settings with which the web app can be looked at without a database: for type checks and migrations alone.
NOWHERE := DSS_DATABASE_URL=postgresql://nobody@127.0.0.1:9/nowhere S3_BUCKET_URL=file:///nowhere \
	DSS_APP_SECRET_KEY=for-checks-alone DSS_HAWK_ENCRYPTION_KEYS=Zm9yIGNoZWNrcyBhbmQgZm9yIGJ1aWxkcywgYWxvbmU= \
	AUTHBROKER_URL=http://127.0.0.1:9 AUTHBROKER_CLIENT_ID=checks \
	AUTHBROKER_CLIENT_SECRET=checks

.PHONY: help run test check bench pictures install lock
.DEFAULT_GOAL := help

help: ## List what can be done
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-8s %s\n' "$$name" "$$text"; done

run: $(INSTALLED) ## Start everything on this machine until Ctrl-C; ARGS="--help" tells of the options
	@exec $(PYTHON) -m infra.local up $(ARGS)

test: $(INSTALLED) $(NODE_CLIENT) ## Run all tests; ARGS="tests/api -k paging" runs some
	@sh infra/local/chromium.sh
	@$(PYTHON) -m pytest $(TESTS) $(ARGS)

check: $(INSTALLED) ## Lint, formatting, dependencies, types, and whether every model change has its migration
	@$(PYTHON) -m ruff check
	@$(PYTHON) -m ruff format --check
	@$(PYTHON) -m deptry dss_assets dss_web infra --extend-exclude infra/local
	@$(PYTHON) -m deptry infra/local tests --exclude node_modules --ignore DEP002,DEP004
	@$(NOWHERE) $(PYTHON) -m mypy
	@$(NOWHERE) $(PYTHON) -W ignore manage.py makemigrations --check --dry-run

bench: $(INSTALLED) ## Measure how fast it is, into docs/performance.md
	@$(PYTHON) -m tests.benchmarks $(ARGS)

pictures: $(INSTALLED) ## Take the pictures of the README anew, while `make run` runs
	@$(PYTHON) -m infra.local.pictures $(ARGS)

install: $(INSTALLED) ## Make or update the virtual environment .venv

lock: $(INSTALLED) ## Resolve the dependencies of pyproject.toml anew
	@sh infra/local/lock.sh

$(INSTALLED): requirements/bootstrap.txt requirements/development.txt infra/local/install.sh
	@sh infra/local/install.sh
	@touch $@

$(NODE_CLIENT): tests/hawk/node/package-lock.json | $(INSTALLED)
	@cd $(<D) && PATH="$(CURDIR)/.venv/bin:$$PATH" npm ci --silent
	@touch $@
