# make book     execute every chapter and build the site into _build/html
# make test     every check: code style, package, notebooks, figures' scripts, built site
# make lab      open the notebooks          make serve    look at the built site
# make refresh  run the notebooks and store their text outputs again (NB=chapters/x.ipynb for one)
# make seeds    rerun the chapters with other random numbers (SEEDS="1 2 3", NB=... for one)
# make pins     compile requirements*.in into exact versions
# make clean    remove what was built       make distclean  the environment too
PYTHON ?= python3
NB ?= chapters/*.ipynb tests/template.ipynb
PORT ?= 8000
SEEDS ?= 1 2 3 4 5
REQUIREMENTS ?= requirements-dev.txt
BIN = .venv/bin
READY = .venv/.ready
BUILT = _build/.built
SOURCES := $(shell find _config.yml _toc.yml intro.md references.bib _ext _static chapters code -type f \
	! -path '*/.*' ! -path '*/__pycache__/*' ! -path '*.egg-info/*' 2>/dev/null)
export PYTHONUTF8 = 1
# The matrices are small: several BLAS threads would mostly wait for each other, minutes long on a busy machine.
export OPENBLAS_NUM_THREADS ?= 1
export MKL_NUM_THREADS ?= 1
# glibc hands the memory of numpy's temporaries back to the system and asks for it again, page by page: keep it.
export MALLOC_MMAP_THRESHOLD_ ?= 268435456
export MALLOC_TRIM_THRESHOLD_ ?= 268435456
MAKEFLAGS += --no-print-directory

.PHONY: book test lab serve refresh seeds pins clean distclean setup

setup: $(READY)

$(READY): $(REQUIREMENTS) code/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12")'
	test -x $(BIN)/pip || $(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(REQUIREMENTS)
	@touch $@

# From a clean folder: a second build would be silent about the first one's warnings.
book: $(READY)
	rm -rf _build/html _build/.doctrees _build/jupyter_execute _build/claims $(BUILT)
	$(BIN)/jupyter-book build . -W -n --keep-going
	@touch $(BUILT)
	@echo "The book is built. Open  file://$(CURDIR)/_build/html/index.html  or run  make serve"

$(BUILT): $(READY) $(SOURCES)
	$(MAKE) book

test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(MAKE) $(BUILT)
	$(BIN)/python -m pytest

lab: $(READY)
	$(BIN)/jupyter lab --notebook-dir=. chapters

serve: $(BUILT)
	@echo "The book is at  http://127.0.0.1:$(PORT)/  (stop with Ctrl-C)"
	$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

refresh: $(READY)
	$(BIN)/jupyter nbconvert --to notebook --execute --inplace --ExecutePreprocessor.timeout=600 $(NB)
	$(BIN)/python tests/strip_notebooks.py $(NB)

seeds: $(READY)
	$(BIN)/python tests/seeds.py --seeds $(SEEDS) -- $(NB)

# One version for every Python from 3.11 on, with neither an index's address nor a local path in the files.
# The notebooks' pins are those of the larger set: uv prefers the versions that it finds in the output file.
PIP_COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--no-header --no-emit-index-url --no-emit-find-links
pins: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(PIP_COMPILE) --upgrade requirements-dev.in -o requirements-dev.txt
	cp requirements-dev.txt requirements.txt
	$(PIP_COMPILE) requirements.in -o requirements.txt

clean:
	rm -rf _build .pytest_cache .ruff_cache

distclean: clean
	rm -rf .venv
