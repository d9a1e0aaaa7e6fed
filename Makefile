# What a person does with this repository; each target is a thin name for a script or a command.
.PHONY: install serve test bench lint
SHELL := /bin/bash
PYTHON := .venv/bin/python

install:  ## make this machine ready
	scripts/install

serve: install  ## install what is missing, start everything on http://localhost:8000 (GEOPLATFORM_PORT), stop with Ctrl-C
	exec .venv/bin/geoplatform up

test:  ## all tests, style, who imports whom
	scripts/install --tests
	scripts/test

bench:  ## long runs: speed and memory, with ratios
	scripts/install --tests
	$(PYTHON) -m pytest tests/bench -p no:xdist -s

lint:
	scripts/lint
