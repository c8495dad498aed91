# Two commands: `make demo` shows what SARCLIP does, `make test` proves it. Both set up what they need.
# Python 3.10 or newer; PYTHON=… chooses one, PIP_ARGS=… goes to pip (an index of your own, a wheel folder).

PYTHON ?= python3
VENV ?= .venv
PIP_ARGS ?=
SCENE ?=
OUT ?= out
TESTS ?= tests
WORKERS ?= 2

BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet $(PIP_ARGS)
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast lint engine-tests plugin-tests screenshots translations package model evaluate benchmark clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 16

$(BIN)/python:
	@echo "== making a virtual environment in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
		|| { echo "$(PYTHON) is older than Python 3.10: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null \
		|| { echo "== $(PYTHON) has no venv module, asking apt for it"; \
		     $(SUDO) apt-get -qq update && $(SUDO) apt-get -qq install -y --no-install-recommends python3-venv \
		     && $(PYTHON) -m venv $(VENV); }

$(STAMPS)/engine: pyproject.toml | $(BIN)/python
	@echo "== installing the engine (torch is large: some 6 GB with CUDA; PIP_ARGS can name a CPU index)"
	@$(PIP) -e .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: $(STAMPS)/engine
	@echo "== installing what tests and training need"
	@$(PIP) -e '.[train,dev]'
	@touch $@

$(STAMPS)/benchmark: $(STAMPS)/dev
	@echo "== installing the runtimes that the engine is measured beside"
	@$(PIP) -e '.[benchmark]'
	@touch $@

$(STAMPS)/qgis:
	@echo "== looking for QGIS"
	@for python in /usr/bin/python3 python3; do $$python -c 'import qgis.core, pytest, pytestqt' 2>/dev/null && exit 0; done; \
		echo "== installing QGIS from Debian's packages" && $(SUDO) apt-get -qq update \
		&& DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get -qq install -y --no-install-recommends $$(cat tests/plugin/apt-packages.txt) >/dev/null
	@mkdir -p $(STAMPS) && touch $@

demo: $(STAMPS)/engine  ## label, map, count and draw the bundled harbour; SCENE=path for a scene of your own
	@echo "== asking $(if $(SCENE),$(SCENE),the bundled harbour)"
	@$(BIN)/sarclip demo $(SCENE) -o $(OUT)

test: lint engine-tests plugin-tests  ## everything CI runs: linters, engine, training, benchmarks, plugin in QGIS
	@echo "== all passed"

test-fast: $(STAMPS)/dev  ## the engine's quick tests
	@$(BIN)/python -m pytest tests/engine tests/training tests/product -q -n $(WORKERS) -m 'not slow'

lint: $(STAMPS)/dev  ## ruff, mypy --strict, import contracts
	@echo "== linters"
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

engine-tests: $(STAMPS)/benchmark  ## engine, training, and the ratios of speed and memory
	@echo "== engine and training"
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/engine tests/training tests/product -q -n $(WORKERS) --dist loadfile
	@echo "== benchmarks (ratios within one run)"
	@$(BIN)/python -m pytest tests/benchmarks -q

plugin-tests: $(STAMPS)/qgis $(STAMPS)/dev  ## the plugin in real QGIS
	@echo "== plugin, in QGIS"
	@bash tests/plugin/run.sh $(abspath $(BIN)/python)

screenshots: $(STAMPS)/qgis $(STAMPS)/dev  ## docs/images/plugin_*.png, taken of the real QGIS
	@$(BIN)/python tests/plugin/desktop/launch.py $(abspath $(BIN)/python) docs/images

translations: | $(BIN)/python  ## the plugin's texts out of its source into sarclip_plugin/i18n, and compiled (Qt's lrelease)
	@$(BIN)/python scripts/translations.py

package: $(STAMPS)/dev  ## dist/sarclip_plugin.zip, ready for QGIS's "Install from ZIP"
	@$(BIN)/python scripts/package_plugin.py

model: $(STAMPS)/dev  ## train the bundled model again (hours): DATA=../shared/data WORK=runs/model
	@$(BIN)/python -m training.recipes.towers --data $(or $(DATA),../shared/data) --work $(or $(WORK),runs/model)
	@$(BIN)/python -m training.recipes.labels $(or $(WORK),runs/model)/towers.safetensors --data $(or $(DATA),../shared/data) --work $(or $(WORK),runs/model) -o $(or $(WORK),runs/model)/labelled.safetensors
	@$(BIN)/python -m training.recipes.look $(or $(WORK),runs/model)/labelled.safetensors --data $(or $(DATA),../shared/data) --work $(or $(WORK),runs/model) -o $(or $(WORK),runs/model)/looked.safetensors
	@$(BIN)/python -m training.recipes.ships $(or $(WORK),runs/model)/looked.safetensors --data $(or $(DATA),../shared/data) --work $(or $(WORK),runs/model) -o $(or $(WORK),runs/model)/shipped.safetensors
	@$(BIN)/python -m training.recipes.captions $(or $(WORK),runs/model)/shipped.safetensors --data $(or $(DATA),../shared/data) --work $(or $(WORK),runs/model) -o $(or $(WORK),runs/model)/captioned.safetensors
	@$(BIN)/python -m training.calibrate $(or $(WORK),runs/model)/captioned.safetensors --data $(or $(DATA),../shared/data) -o resources/models/sarclip-s.safetensors

evaluate: $(STAMPS)/dev  ## measure a model: DATA=../shared/data WORK=runs/evaluation MODEL=… ARGS='--quick --only points'
	@$(BIN)/python -m training.evaluation --data $(or $(DATA),../shared/data) -o $(or $(WORK),runs/evaluation) $(if $(MODEL),--model $(MODEL)) $(ARGS)

benchmark: $(STAMPS)/benchmark  ## the engine beside what one would pick instead: DATA=../shared/data WORK=runs/benchmark ARGS='--quick --only encode'
	@$(BIN)/python -m benchmarks --data $(or $(DATA),../shared/data) -o $(or $(WORK),runs/benchmark) $(ARGS)

clean:  ## remove the environment and all that was made
	@rm -rf $(VENV) out dist build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
