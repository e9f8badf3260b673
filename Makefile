# The two commands: `make demo` and `make test`. Everything else is a part of them.
PYTHON ?= python3
SERVE ?= yes
CHAT ?= default
PORT ?= 8321
BIN := .venv/bin

.PHONY: demo test setup check lock clean

demo: setup
	@$(BIN)/python scripts/demo.py --serve $(SERVE) --chat $(CHAT) --port $(PORT)

test: setup
	@$(BIN)/python scripts/test.py

setup:
	@$(PYTHON) scripts/bootstrap.py

check: setup
	@$(BIN)/python scripts/check.py

lock: setup
	@$(BIN)/python scripts/lock.py

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
