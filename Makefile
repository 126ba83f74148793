# `make help` lists the targets. You need only make and Python 3.11 or later.
PYTHON := .venv/bin/python
INSTALLED := .venv/.installed
# An independent HAWK client for the tests: npm's `hawk`, run by Node.
NODE_CLIENT := tests/hawk/node/node_modules/.package-lock.json
# Files run in the order of the folders. pytest-xdist itself would run files with few tests last, which are the slowest.
TESTS ?= -n 2 --dist loadfile --no-loadscope-reorder

# Settings that let Django start without a database: only for type checks and for comparing models with migrations.
NOWHERE := DSS_DATABASE_URL=postgresql://nobody@127.0.0.1:9/nowhere S3_BUCKET_URL=file:///nowhere \
	DSS_APP_SECRET_KEY=for-checks-alone DSS_HAWK_ENCRYPTION_KEYS=Zm9yIGNoZWNrcyBhbmQgZm9yIGJ1aWxkcywgYWxvbmU= \
	AUTHBROKER_URL=http://127.0.0.1:9 AUTHBROKER_CLIENT_ID=checks \
	AUTHBROKER_CLIENT_SECRET=checks

.PHONY: help run test test-airflow test-containers test-upgrade check promises bench faults pictures install wheel audit lock
.DEFAULT_GOAL := help

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-15s %s\n' "$$name" "$$text"; done

run: $(INSTALLED) ## Start the whole service on this machine until Ctrl-C; ARGS="--help" lists the options
	@exec $(PYTHON) -m infra.local up $(ARGS)

# Even if the environment keeps Python from writing byte-code: a thousand processes would compile all modules again.
test: $(INSTALLED) $(NODE_CLIENT) ## Run all tests; ARGS="tests/api -k paging" runs some
	@sh infra/local/chromium.sh
	@sh infra/local/programs.sh
	@PYTHONDONTWRITEBYTECODE= $(PYTHON) -m pytest $(TESTS) $(ARGS)

test-airflow: $(INSTALLED) ## Install an Airflow 3, and let it run the DAG over our API (before a release)
	@sh infra/airflow/install.sh
	@DSS_TEST_AIRFLOW=.airflow/venv $(PYTHON) -m pytest tests/journeys/test_real_airflow.py $(ARGS)

test-containers: $(INSTALLED) ## Build the image, and test docker-compose.yml on a container engine (as root it makes one)
	@sh tests/deployment/engine/run.sh $(ARGS)

test-upgrade: $(INSTALLED) ## Change from the release before to this one and back, under load
	@DSS_TEST_UPGRADE=1 $(PYTHON) -m pytest tests/upgrade $(ARGS)

check: $(INSTALLED) ## Check lint, formatting, dependencies, types and migrations
	@$(PYTHON) -m ruff check
	@$(PYTHON) -m ruff format --check
	@$(PYTHON) -m deptry dss_assets dss_web infra --extend-exclude infra/local \
		--extend-exclude dss_web/client/data_store --extend-exclude dss_web/docs/examples
	@cd dss_web/client && ../../$(PYTHON) -m deptry data_store
	@$(PYTHON) -m deptry infra/local tests --exclude node_modules --ignore DEP002,DEP004
	@$(NOWHERE) $(PYTHON) -m mypy
	@$(NOWHERE) $(PYTHON) -W ignore manage.py makemigrations --check --dry-run
	@$(NOWHERE) DJANGO_SETTINGS_MODULE=dss_web.settings $(PYTHON) -W ignore -m infra.local.check_migrations

promises: $(INSTALLED) $(NODE_CLIENT) ## Take out what keeps each promise, and check that a test notices (before a release)
	@$(PYTHON) -m tests.promises $(ARGS)

bench: $(INSTALLED) ## Measure speed and memory, and write docs/performance.md
	@$(PYTHON) -m tests.benchmarks $(ARGS)

faults: $(INSTALLED) ## Let each part of the whole service fail, and write docs/reliability.md
	@$(PYTHON) -m tests.faults $(ARGS)

pictures: $(INSTALLED) ## Take the screenshots in docs/pictures again, while `make run` runs
	@$(PYTHON) -m infra.local.pictures $(ARGS)

install: $(INSTALLED) ## Create or update the virtual environment .venv

wheel: $(INSTALLED) ## Build the wheel of the Python client into dist/
	@$(PYTHON) -m dss_web.client.wheel dist

audit: ## Look the packages of production up among known vulnerabilities (needs PyPI; before a release)
	@sh infra/local/audit.sh $(ARGS)

lock: $(INSTALLED) ## Resolve the dependencies of pyproject.toml again
	@sh infra/local/lock.sh

$(INSTALLED): requirements/bootstrap.txt requirements/development.txt infra/local/install.sh
	@sh infra/local/install.sh
	@touch $@

$(NODE_CLIENT): tests/hawk/node/package-lock.json | $(INSTALLED)
	@cd $(<D) && PATH="$(CURDIR)/.venv/bin:$$PATH" npm ci --silent
	@touch $@
