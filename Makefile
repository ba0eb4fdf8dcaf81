# `make demo` shows what headshots does; `make test` proves it. Both start from nothing.
.PHONY: help install demo test quick check audit attack bench calibrate evaluate false-alarms keep-bench shoot little gallery gimp-folder clean environment

help:
	@echo "make install  .venv with headshots in it, and the weights"
	@echo "make demo   headshots of a public-domain portrait, in demo/"
	@echo "make test   everything from bare: environment, weights, checks, tests"
	@echo "make quick  the tests without hosts and slow ones, in minutes (WORKERS=2)"
	@echo "make check  ruff, pyright and the import law"
	@echo "make audit  known vulnerabilities of what headshots depends on, as a report"
	@echo "make attack [SEED=n] [SECTIONS=...]  kills, wrong clocks, full disks, changed inputs"
	@echo "make bench  speed and memory beside the peers, as Markdown and JSON"
	@echo "make calibrate [DATA=folder]  what a likeness means, from a folder for each person"
	@echo "make evaluate [DATA=folder]  error rates, calibration and planted faults, as a report"
	@echo "make false-alarms DATA=folder  what is said of real photos, each left out of its sitter's"
	@echo "make keep-bench DATA=folder  the sitter kept in simulated edits, beside crop-and-stitch"
	@echo "make shoot DATA=folder [FRAMES=100]  a generated card culled: what is found, and how fast"
	@echo "make little DATA=folder UNSEEN=folder  painting and tuning on a little generator, trained here"
	@echo "make gallery [DATA=folder]  pictures of many people, judged, to say what you think of each"
	@echo "make gimp-folder  headshots-for-gimp.zip, to unpack into GIMP, which installs the rest"
	@echo "make clean  remove what was made here; the weights stay in the data folder"

install:
	@sh scripts/bootstrap
	@.venv/bin/headshots setup

demo: install
	@.venv/bin/headshots demo

environment:
	@sh scripts/bootstrap test
	@.venv/bin/headshots setup --tests
	@.venv/bin/python tests/hosts/debian.py >/dev/null
	@.venv/bin/python tests/hosts/comfyui/prepare.py >/dev/null
	@.venv/bin/python tests/hosts/gimp/prepare.py >/dev/null

# Workers of pytest-xdist take file by file, as many fixtures are made once a file; in order, as the
# longest would otherwise come last and leave one worker alone. A worker takes up to 3 GB of memory,
# in hosts with the servers that it starts.
WORKERS = 2
PARALLEL = -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test: environment check
	.venv/bin/pytest $(PARALLEL) -m "not host"
	.venv/bin/pytest $(PARALLEL) -m host

quick:
	@sh scripts/bootstrap test
	@.venv/bin/headshots setup --tests
	.venv/bin/pytest $(PARALLEL) -m "not host and not slow"

check:
	@sh scripts/bootstrap test
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/pyright
	.venv/bin/lint-imports

audit:
	@sh scripts/bootstrap test
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check "pip-audit>=2.7"
	@.venv/bin/python scripts/audit.py

attack: environment
	.venv/bin/python -m tests.attack $(SECTIONS) $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only "$(ONLY)")

bench: environment
	.venv/bin/python tests/benchmarks/run.py
	.venv/bin/python tests/benchmarks/comfyui.py
	.venv/bin/python tests/benchmarks/gimp.py
	.venv/bin/python tests/benchmarks/previews.py
	.venv/bin/python tests/benchmarks/forgetting.py

calibrate: environment
	.venv/bin/python tests/benchmarks/likeness/calibrate.py $(DATA)

evaluate: environment
	.venv/bin/python tests/benchmarks/likeness/evaluate.py $(DATA)
	.venv/bin/python tests/benchmarks/likeness/faults.py --json evaluation/faults.json

false-alarms: environment
	.venv/bin/python tests/benchmarks/likeness/left_out.py $(DATA)

keep-bench: environment
	.venv/bin/python -m tests.benchmarks.keeping $(DATA) $(if $(EDITS),--edits $(EDITS)) $(if $(SAVE),--save $(SAVE))

shoot: environment
	.venv/bin/python -m tests.benchmarks.shoot $(DATA) $(if $(FRAMES),--frames $(FRAMES))

little: environment
	.venv/bin/python -m tests.benchmarks.diffusion.little.train $(DATA)
	.venv/bin/python -m tests.benchmarks.diffusion.little $(UNSEEN)

gallery:
	@sh scripts/bootstrap test
	@.venv/bin/headshots setup --tests
	.venv/bin/python -m scripts.gallery $(DATA) $(if $(OUT),--out $(OUT)) $(if $(LOOKS),--looks $(LOOKS)) \
		$(if $(JOBS),--jobs $(JOBS)) $(if $(MARKS),--marks $(MARKS))

gimp-folder:
	@sh scripts/bootstrap
	@.venv/bin/python scripts/gimp_folder.py headshots-for-gimp.zip

clean:
	rm -rf .venv .pkg demo gallery headshots-for-gimp.zip evaluation build dist headshots.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
