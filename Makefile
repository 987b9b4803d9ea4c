# Everything runs in .venv, made from pyproject.toml; nothing else is needed than Python (3.10 or later), make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help venv test test-unit test-e2e test-long test-next components lint format demo demo-quick demo-down hosts chaos bench \
  bench-inject bench-steps wheel release clean
help: ## Show what can be made
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --group dev -e '.[sandbox]'
	touch $@

venv: $(VENV)/.installed ## Make the virtual environment

lint: venv ## Style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/vela-steps definitions build --check
	$(BIN)/vela-steps definitions generate --check
	$(BIN)/vela-steps addon build --check

format: venv ## Rewrite the code in the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test-unit: venv ## The tests that need no components, within a minute
	$(BIN)/pytest tests/unit -n auto --dist worksteal

components: venv ## Build the programs that the sandbox runs (a quarter of an hour on two cores; once)
	$(BIN)/vela-steps sandbox build all

test-e2e: components ## The tests against the real components, in a sandbox of their own
	$(BIN)/pytest tests/e2e -m "not long"

test-long: components ## Also the tests that take long: builds, lives of sandboxes, a second cluster, addon registries and upgrades
	$(BIN)/pytest tests/e2e

NEXT := 1.11.0
test-next: components ## The steps and the addon on the next KubeVela, which is built on first use
	$(BIN)/pytest $(addprefix tests/e2e/,steps cdn_purge notify github_dispatch addon/test_folder.py addon/test_rough.py) \
	  --kubevela $(NEXT) --sandbox-name next

# The components first: without them those unit tests are skipped that evaluate definitions by CUE.
test: lint components test-unit test-e2e ## All tests

SHOP := --plan examples/shop/plan.yaml examples/shop/deploy
# What the first minute shows needs no more than the package itself.
$(VENV)/.package: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -e .
	touch $@

demo-quick: $(VENV)/.package ## The example plan in the example shop: the diff, and the workflow before and after
	$(BIN)/vela-steps inject --diff $(SHOP)
	$(BIN)/vela-steps explain $(SHOP)

demo: demo-quick ## The whole chain, with the real Argo CD and KubeVela (built on first use)
	$(BIN)/python -m pip install --quiet -e '.[sandbox]'
	$(BIN)/vela-steps demo

demo-down: ## End what `make demo` left running
	$(BIN)/vela-steps demo --down

CHAOS :=
chaos: components ## 100 Applications while vela-core is killed 30 times; count what arrived (CHAOS="--apps 20 --seed 3")
	$(BIN)/python -m tests.chaos $(CHAOS)

hosts: components ## Run every case through every host; write the table, docs/hosts.md
	mkdir -p build
	$(BIN)/python -m tests.e2e.hosts.table >build/hosts.md
	mv build/hosts.md docs/hosts.md

bench: bench-inject bench-steps ## How fast inject is beside other tools, and what a step costs beside KubeVela's own

PEERS := build/bench-peers
COMPILED := build/bench-compiled
# yamlrocks, and a working yarutsk, want 3.12 or later
PEER_PYTHON ?= $(PYTHON)
bench-inject: venv ## How fast inject is, beside other tools (those that install here)
	$(PEER_PYTHON) -m venv $(PEERS)
	for peer in pyyaml ruamel.yaml rapidyaml yaml-edit yarutsk yamlrocks; do \
	  $(PEERS)/bin/python -m pip install --quiet $$peer || echo "$$peer does not install here"; done
	$(PYTHON) -m venv $(COMPILED)
	rm -rf build/wheel
	HATCH_BUILD_HOOKS_ENABLE=1 $(BIN)/python -m build --outdir build/wheel >build/wheel.log 2>&1 \
	  && $(COMPILED)/bin/python -m pip install --quiet --force-reinstall build/wheel/*.whl \
	  || echo "the core does not compile here: see build/wheel.log"
	$(BIN)/python -m bench.run --peers $(PEERS)/bin/python \
	  $$(ls build/wheel/*.whl >/dev/null 2>&1 && echo --compiled $(COMPILED)/bin/python)

STEPS :=
bench-steps: components ## Load and latency of steps, beside KubeVela's request (STEPS="--apps 100 --kinds notify cdn-purge")
	$(BIN)/python -m bench.steps $(STEPS)

# Through a source archive: a wheel that is built in place would leave its modules beside the source, and hide it.
wheel: venv ## The package with its core compiled, for this Python and platform, in dist/ (needs a C compiler)
	HATCH_BUILD_HOOKS_ENABLE=1 $(BIN)/python -m build --outdir dist

PYTHONS ?= $(PYTHON)
# pip takes a compiled wheel where there is one for its Python and platform, the pure one elsewhere.
release: venv ## What goes to PyPI, in dist/: source, pure wheel, and a compiled one for each of PYTHONS="python3.12 python3.13"
	rm -rf dist build/release
	$(BIN)/python -m build --outdir dist
	for python in $(PYTHONS); do \
	  HATCH_BUILD_HOOKS_ENABLE=1 $$python -m pip wheel --quiet --no-deps --wheel-dir build/release dist/*.tar.gz \
	    || exit 1; done
	if [ "$$(uname)" = Linux ]; then \
	  PATH="$(CURDIR)/$(BIN):$$PATH" auditwheel repair --plat manylinux_2_17_$$(uname -m) --wheel-dir dist build/release/*.whl; \
	else mv build/release/*.whl dist; fi

clean: ## Remove what make made here
	rm -rf $(VENV) build dist
	find vela_steps *__mypyc*.so -name '*.so' -delete 2>/dev/null || true
