# Every target sets up what it needs by itself, inside this directory (.venv), and only when something changed.

VENV := .venv
PYTHON := $(VENV)/bin/python
PIP := $(PYTHON) -m pip --disable-pip-version-check --quiet
SEEDS ?= 500
FIRST ?= 1
# Tests wait more than they compute: so many at once are well on two cores too.
TESTERS ?= 4

# What the caller has set for other Pythons and other queues must not reach ours.
unexport PYTHONPATH PYTHONHOME BURRO_QUEUE
export PIP_USER := 0

.PHONY: help demo test check chaos bench lock clean anew
.DELETE_ON_ERROR:

help: ## show what there is to do
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F '\t' '{printf "  make %-8s %s\n", $$1, $$2}'

demo: $(VENV)/for-demo ## search the hyperparameters of a digit classifier through the queue, about a minute
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" tools/demo

test: $(VENV)/for-dev $(VENV)/datalad-slurm $(VENV)/datalad-container ## run every test
	@tools/for-tests
	@$(PYTHON) -m pytest -q -n $(TESTERS) --dist loadfile

check: $(VENV)/for-dev ## formatting, lint, types, import floors, oldest Python of the worker, house style
	@$(PYTHON) -m ruff format --check --quiet --output-format=concise . || { echo "make check: these are not formatted; run: $(VENV)/bin/ruff format ." >&2; exit 1; }
	@$(PYTHON) -m ruff check --quiet --output-format=concise .
	@$(PYTHON) -m mypy --no-error-summary
	@$(VENV)/bin/vermin --quiet --no-tips --violations -t=3.9- $(addprefix src/burro/,__init__.py base model link worker)
	@$(PYTHON) tools/house_style.py
	@$(PYTHON) -m pytest -q tests/test_floors.py > /dev/null || $(PYTHON) -m pytest -q tests/test_floors.py
	@echo "make check: all well"

chaos: $(VENV)/for-dev ## kill everything at random moments, SEEDS=500 times
	@SEEDS=$(SEEDS) FIRST=$(FIRST) $(PYTHON) -m pytest -q --timeout=0 tests/chaos tests/ssh/test_chaos.py tests/clusters/test_chaos.py

bench: $(VENV)/for-dev ## measure the speed against the operating system's own
	@command -v gcc >/dev/null || tools/system-packages gcc libc6-dev
	@$(PYTHON) bench/run.py

lock: $(VENV)/made-in ## write requirements/*.txt anew with the newest versions
	@PYTHON=$(PYTHON) tools/lock

clean: ## remove everything that was made here
	@rm -rf $(VENV) .demo .bench build dist src/*.egg-info src/burro/*.pyz .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find bench examples src tests tools -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

# A virtual environment does not survive that its directory was moved or its interpreter went.
ifneq ($(shell { $(PYTHON) -c '' && cat $(VENV)/made-in; } 2>/dev/null),$(CURDIR))
$(VENV)/made-in: anew
endif

$(VENV)/made-in: tools/virtual-environment
	@tools/virtual-environment $(VENV)
	@echo "$(CURDIR)" > $@

$(VENV)/for-use: requirements/build.txt requirements/run.txt pyproject.toml setup.py bin/burro $(VENV)/made-in
	@echo "setting up $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements/build.txt -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/for-dev: requirements/dev.txt $(VENV)/for-use
	@$(PIP) install --require-hashes -r $<
	@touch $@

$(VENV)/datalad-slurm $(VENV)/datalad-container: $(VENV)/%: requirements/%.txt $(VENV)/for-dev
	@rm -rf $@
	@$(PYTHON) -m tests.rig.extensions $*

$(VENV)/for-demo: requirements/demo.txt $(VENV)/for-use
	@echo "installing scikit-learn for the demo ..."
	@$(PIP) install --require-hashes -r $<
	@touch $@
