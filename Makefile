# `make demo` shows what headshots does; `make test` proves it. Both start from nothing.
.PHONY: help demo test check bench gallery clean environment

help:
	@echo "make demo   headshots of a public-domain portrait, in demo/"
	@echo "make test   everything from bare: environment, weights, checks, tests"
	@echo "make check  ruff, pyright and the import law"
	@echo "make bench  speed and memory beside the peers, as Markdown and JSON"
	@echo "make gallery  every look on public photos, with likeness and light, in gallery/"
	@echo "make clean  remove what was made here; the weights stay in the data folder"

demo:
	@sh scripts/bootstrap
	@.venv/bin/headshots setup
	@.venv/bin/headshots demo

environment:
	@sh scripts/bootstrap test
	@.venv/bin/headshots setup --tests

test: environment check
	.venv/bin/pytest

check:
	@sh scripts/bootstrap test
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/pyright
	.venv/bin/lint-imports

bench: environment
	.venv/bin/python tests/benchmarks/run.py

gallery: environment
	.venv/bin/python scripts/gallery.py

clean:
	rm -rf .venv .pkg demo gallery build dist headshots.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
