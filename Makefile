# From nothing but Python 3.11 or newer, pip and make: `make demo`, `make test`. Everything else: `make help`.

VENV    := .venv
BIN     := $(VENV)/bin
BENCH   := .venv-bench
TABULAR := .venv-tabular
TOOLS   := build/tools
WORKERS ?= 2
DEMO    ?= train digits

# The first Python that is new enough, unless PYTHON says which.
NEW_ENOUGH = -c 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p $(NEW_ENOUGH) 2>/dev/null && { echo $$p; break; }; done)

# Byte code is kept: the tests import many modules, in many processes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo smoke smoke-lowest test test-slow test-all check docs notebooks page help-pages page-check dist try-wheel bench bench-tabular lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/installed-cli ## Train on the real digits, from nothing
	@echo '$$ pellucid $(DEMO)'
	@$(BIN)/pellucid $(DEMO)
	@echo 'Watch a network learn, in your browser: $(BIN)/pellucid playground'

smoke: $(VENV)/installed-dev ## Run a few representative tests, in seconds
	$(BIN)/pytest -m 'smoke and not slow' $$(grep -rl --include='test_*.py' 'mark\.smoke' tests)

# Only our own requirements are the oldest; theirs are the newest, and may deprecate what they use.
smoke-lowest: $(TOOLS)/installed ## Run the same tests with the oldest versions that pyproject.toml allows
	$(TOOLS)/bin/uv venv -q --clear --python $(TOOLS)/bin/python build/lowest
	$(TOOLS)/bin/uv pip install -q --python build/lowest --resolution lowest-direct -e '.[dev]'
	build/lowest/bin/python -m pytest -W ignore::DeprecationWarning -m 'smoke and not slow' \
		$$(grep -rl --include='test_*.py' 'mark\.smoke' tests)

test: $(VENV)/installed-dev ## Run the fast tests but those of the docs, from nothing
	$(BIN)/pytest -n $(WORKERS) --dist worksteal --ignore=tests/docs $(ARGS)

test-slow: $(VENV)/installed-dev ## Run the slow tests that CI runs: of engines and model files, and the thorough ones
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m thorough $(ARGS)

test-all: $(VENV)/installed-dev ## Run every test, in an hour or more
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m '' $(ARGS)

check: $(VENV)/installed-dev ## Check format, lint, types, the order of imports, the docs and their code
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -n $(WORKERS) --dist worksteal tests/docs $(ARGS)
	$(BIN)/python docs/site/build.py

docs: $(VENV)/installed-docs ## Build the documentation site in build/docs/html; a warning or a dead link is an error
	$(BIN)/python docs/site/build.py

notebooks: $(VENV)/installed-dev ## Write the lessons as notebooks in build/notebooks (ARGS=--execute: with outputs)
	$(BIN)/python docs/lessons/notebooks.py build/notebooks $(ARGS)

page: $(VENV)/installed-dev page/node_modules/installed ## Build src/pellucid/playground/page.html from page/ (needs Node 20 or newer)
	$(BIN)/python -m pellucid.playground.equations page/kernel
	$(BIN)/python -m pellucid.playground.notations page/calculation
	$(BIN)/python -m pellucid.playground.course_data page/calculation
	$(BIN)/python -m pellucid.playground.datasets page/data
	node page/build.mjs

help-pages: $(VENV)/installed-dev ## Record the options of the commands, which --help shows without loading the library
	$(BIN)/python .ci/record_help.py

page-check: page/node_modules/installed ## Check the types of the page's sources (needs Node)
	page/node_modules/.bin/tsc -p page

dist: $(TOOLS)/installed ## Build wheel and source distribution in dist, check them, print their sizes
	rm -rf dist
	$(TOOLS)/bin/python -m build -q
	$(TOOLS)/bin/twine check --strict dist/*
	$(TOOLS)/bin/python .ci/contents.py dist

try-wheel: dist ## Use the wheel in an empty environment: demo, smoke test, examples of README and guide
	$(TOOLS)/bin/python .ci/try_wheel.py dist

bench: $(BENCH)/installed ## Measure against scikit-learn, PyTorch, JAX and ONNX Runtime (ARGS=--quick: a taste)
	$(BENCH)/bin/python -m benchmarks.run $(ARGS)

bench-tabular: $(TABULAR)/installed ## Measure on tables against scikit-learn, LightGBM, CatBoost and RealMLP
	$(TABULAR)/bin/python -m benchmarks.tabular.run $(ARGS)

# With the oldest Python that we support, so that every later one finds these versions too.
lock: ## Update constraints.txt to the newest versions that fit
	@rm -rf build/lock
	python3.11 -m venv build/lock
	build/lock/bin/pip install -qq '.[dev,jax]'
	@{ grep '^#' constraints.txt; build/lock/bin/pip freeze --exclude pellucid; } > build/constraints.txt
	@mv build/constraints.txt constraints.txt

clean: ## Remove the environment, builds and caches
	rm -rf $(VENV) $(BENCH) $(TABULAR) build dist .*_cache .hypothesis
	find src tests -name __pycache__ -prune -exec rm -rf {} +

EXTRAS_cli := cli,playground

# An environment is installed again only if its requirements have changed. `dev` includes `docs` and `cli`.
$(VENV)/installed-%: pyproject.toml constraints.txt | $(BIN)/python
	@echo 'Installing pellucid[$*] in $(VENV) ...'
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt -e '.[$(or $(EXTRAS_$*),$*)]'
	@touch $@ $(VENV)/installed-cli

# The peers have their own environments.
$(BENCH)/installed: benchmarks/requirements.txt
$(TABULAR)/installed: benchmarks/tabular/requirements.txt
$(BENCH)/installed $(TABULAR)/installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo 'Installing pellucid and its peers in $(@D) ...'
	@$(BIN)/python -m venv $(@D)
	@$(@D)/bin/python -m pip install -qq --disable-pip-version-check -c constraints.txt \
		-e . -r $(filter %requirements.txt,$^)
	@touch $@

page/node_modules/installed: page/package-lock.json
	@cd page && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

$(TOOLS)/installed: | $(BIN)/python
	@$(BIN)/python -m venv $(@D)
	@$(@D)/bin/python -m pip install -qq --disable-pip-version-check build twine uv
	@touch $@

$(BIN)/python:
	@'$(PYTHON)' $(NEW_ENOUGH) 2>/dev/null || { \
		echo 'pellucid needs Python 3.11 or newer; set its path: make PYTHON=/path/to/python3.11'; exit 1; }
	@'$(PYTHON)' -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
