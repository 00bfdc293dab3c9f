# make run    a first comparison of two practices, in out/first-comparison
# make test   everything that is checked: ruff, mypy, tests, doctests, notebooks
# make lab    the workbook in JupyterLab
# make clean  removes .venv and what tools leave behind; out/ stays
#
# Needs Python 3.11 or newer; `make run PYTHON=/path/to/python3.12` chooses one. All paths here are relative, because
# make cannot handle targets with spaces and the folder may be called anything.

PYTHON ?= python3
WORKERS ?= 2
VENV := .venv/bin/python

# The folder's name is written into the environment: without a UTF-8 locale a Chinese one could not be.
ifneq ($(shell locale charmap 2>/dev/null),UTF-8)
export LC_ALL := C.UTF-8
endif

# A folder that was moved or copied holds an environment made for another place, and a Python that was removed leaves one
# without any: install again.
$(shell [ "$$(cat .venv/.place 2>/dev/null)" = "$$(pwd -P)" ] && [ -x .venv/bin/python ] || rm -f .venv/.made .venv/.installed .venv/.tested-with)

.PHONY: run test lab clean
.DELETE_ON_ERROR:

run: .venv/.installed
	.venv/bin/loyalty compare --out out/first-comparison

# ruff and mypy first; what they find is counted by tests/test_ground.py, so that the last line, pytest's, tells all.
test: .venv/.tested-with
	@failed=; \
	$(VENV) -m ruff check . || failed="$$failed ruff"; \
	$(VENV) -m mypy || failed="$$failed mypy"; \
	LOYALTY_FAILED_CHECKS="$$failed" $(VENV) -m pytest -n $(WORKERS) --dist loadscope \
	    --nbval --nbval-current-env --nbval-cell-timeout=120 tests src notebooks casebook; \
	status=$$?; echo "$$status" > .venv/.test-status; exit "$$status"

lab: .venv/.installed
	.venv/bin/loyalty lab

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist src/*.egg-info
	find src tests benchmarks notebooks -name __pycache__ -prune -exec rm -rf {} +
	find notebooks -name .ipynb_checkpoints -prune -exec rm -rf {} +

.venv/.made:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo 'The workbook needs Python 3.11 or newer; "$(PYTHON)" is not.' >&2; \
	    echo 'Give one that is:  make $(MAKECMDGOALS) PYTHON=/path/to/python3.12' >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' || { \
	    echo 'This Python cannot make environments. On Debian or Ubuntu:  apt-get install python3-venv' >&2; exit 1; }
	"$(PYTHON)" -m venv .venv
	pwd -P > .venv/.place
	touch $@

.venv/.installed: pyproject.toml .venv/.made
	$(VENV) -m pip install --quiet --editable .
	$(call settle)
	touch $@

.venv/.tested-with: pyproject.toml .venv/.made
	$(VENV) -m pip install --quiet --editable '.[test]'
	$(call settle)
	touch .venv/.installed $@

# rfc3987-syntax builds a grammar whenever nbformat is imported: a second or more in every kernel and every test of a
# notebook. jsonschema uses it, where it is there, only to check addresses of the web, which no notebook holds.
# Byte-code is made here once, so that the first import is as quick as the second.
define settle
$(VENV) -m pip uninstall --quiet --yes rfc3987-syntax
$(VENV) -m compileall -qq -j 0 src .venv/lib || true
endef
