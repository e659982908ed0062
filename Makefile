# Pantau's entry points. Every target does the set-up it needs; see docs/contributing.md.

READY := .venv/.ready
DEV := .venv/.ready-dev
PYTHON := .venv/bin/python
PYTEST := .venv/bin/pytest

.DEFAULT_GOAL := help
.PHONY: bench-nights bench-desk desk-pictures nights fleet help setup demo test catalogue trouble shops test-long bench check shape format docs real-shop bench-brand

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(DEV) ## virtual environment with the tools of the tests, Tesseract, browser

$(READY): pyproject.toml .ci/constraints.txt .ci/setup
	@.ci/setup
	@touch $@

$(DEV): $(READY)
	@.ci/setup dev
	@touch $@

demo: $(READY) ## crawl the reference shop, judge it, write the reports
	.venv/bin/pantau demo

test: $(DEV) ## the test suite, without what takes minutes
	$(PYTEST) -n 2 -m "not long and not catalogue" --ignore=tests/real_shop --ignore=tests/trouble

catalogue: $(DEV) ## every violation alone, every look-alike: which rules they turn
	$(PYTEST) -n 2 -m catalogue tests/demo

trouble: $(DEV) ## pages as strangers make them: what they must not make us say
	$(PYTEST) -n 2 -m "not long" tests/trouble

shops: $(DEV) ## shops with the requests of real systems, every way to order: the table (some 30 min)
	$(PYTHON) -m tests.shops

test-long: $(DEV) ## the tests that take minutes; installs LibreOffice Calc, which one of them opens our tables in
	.ci/office
	$(PYTEST) -m long

nights: $(DEV) ## thirty nights of the reference shop with faults, and one on a shared queue with kills: the counts
	$(PYTEST) -m long tests/fleet

bench-nights: $(DEV) ## 24 journeys by one, two and four workers, and the same night again: time, memory, bytes (an hour)
	$(PYTHON) -m tests.bench.nights

fleet: $(DEV) ## PostgreSQL on loopback, three workers and a night on them; then all of it is taken down
	$(PYTHON) -m tests.fleet

bench: $(DEV) ## what capture costs beside a plain script; the index and judging at many runs
	$(PYTHON) -m tests.bench

bench-desk: $(DEV) ## the review desk at 2,000 runs and 100,000 findings, four users clicking: the figures
	$(PYTHON) -m tests.bench.desk

desk-pictures: $(DEV) ## draw the pictures of the review desk for docs/images again, in both languages
	$(PYTHON) -m tests.review.pictures

check: $(DEV) ## format, lint, import contracts, types, generated pages
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/lint-imports
	.venv/bin/mypy
	$(PYTHON) docs/generate.py --check
	$(PYTHON) docs/shape.py --check

shape: $(DEV) ## rooms, arrows, circles, names of functions, modules without a mirrored test
	$(PYTHON) docs/shape.py

format: $(DEV) ## put the source in the house format
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

docs: $(DEV) ## write the generated pages and schemas again
	$(PYTHON) docs/generate.py

bench-brand: $(DEV) ## left-over brands: recall, precision and cost beside plain pytesseract (some 30 min)
	@tests/bench/brand/install
	$(PYTHON) -m tests.bench.brand

real-shop: $(DEV) ## walk a shop that is not ours (django-oscar), and its tests
	cd tests && ../.venv/bin/python -m real_shop
	$(PYTEST) -m "not long" tests/real_shop
