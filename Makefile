# The two commands: `make demo` shows the product on an invented province, `make test` proves it.
# Both install what they need into .venv; nothing outside this folder changes, but for `make test`, which
# installs a browser and a Chinese font through apt where they are missing and it may.

.DEFAULT_GOAL := help
BIN := .venv/bin
RUN := .venv/.installed-run
DEV := .venv/.installed-dev
SOURCES := data features training monitoring serving tests scripts
ARGS ?=

help:  ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

$(RUN): requirements.lock pyproject.toml scripts/install.sh
	@scripts/install.sh requirements.lock
	@touch $@

$(DEV): requirements-dev.lock pyproject.toml scripts/install.sh
	@scripts/install.sh requirements-dev.lock
	@touch $(RUN) $@

demo: $(RUN)  ## ledger in, list out, pages served: the whole product on an invented province
	@$(BIN)/petition-risk demo $(ARGS)

test: $(DEV) check  ## everything CI runs: system packages, check, all tests (slow ones aside)
	@scripts/system.sh
	$(BIN)/pytest -n 2 --dist loadscope --no-loadscope-reorder -m "not slow" $(ARGS)

check: $(DEV)  ## style, types and the one direction of imports
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/pyright
	$(BIN)/lint-imports

fix: $(DEV)  ## let ruff mend what it can
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

bench: $(RUN)  ## model, baselines and oracles on invented provinces (other benches: ARGS=…)
	@$(BIN)/petition-risk bench $(or $(ARGS),backtest)

compare: $(RUN)  ## install the libraries that benches compare with
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint requirements.lock --group compare

assure: $(DEV)  ## the long proofs: everything marked slow
	@scripts/system.sh
	$(BIN)/pytest -n 2 --dist loadscope --no-loadscope-reorder -m slow $(ARGS)

docs: $(DEV)  ## write the generated pages again
	$(BIN)/python scripts/settings_page.py
	$(BIN)/python scripts/errors_page.py
	$(BIN)/python scripts/client.py
	$(BIN)/python scripts/features_page.py
	$(BIN)/python scripts/features_by_example.py

pictures: $(DEV)  ## draw the pictures of docs/manual.md again
	@scripts/system.sh
	PICTURES=$(CURDIR)/docs/pictures $(BIN)/pytest -m slow tests/journeys/test_pictures.py

lock: $(DEV)  ## resolve the dependencies of pyproject.toml again
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-annotate pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-annotate --group dev pyproject.toml -o requirements-dev.lock

.PHONY: help demo test check fix bench compare assure docs pictures lock
