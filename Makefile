# make book     execute what changed and build the site into _build/html (FORCE=1 executes every chapter)
# make test     every check: code style, package, notebooks, figures' scripts, built site
# make lite     the same, with what a reader's browser needs to run it: fetches some 35 MB, once
# make lite-run run every chapter in a browser and compare its claims: half an hour
# make oracles  compare with other libraries at length, and try what the comparisons reject: a quarter of an hour
# make pdf      the whole book as _build/latex/book.pdf, where TeX is installed
# make lab      open the notebooks          make serve    look at the built site
# make links    ask every address that the book leads to whether it is still there: needs the network
# make fresh    run every notebook through a Jupyter server, in a clone with requirements.txt alone: long
# make refresh  run the notebooks and store their text outputs again (NB=chapters/x.ipynb for one)
# make claims   rerun the chapters with other random numbers (SEEDS=20, or which: "3 4 5"; NB=... for one;
#               WORKERS=2 processes here, or SCHEDULER=tcp://... on a Dask cluster): goes on where it was stopped
# make properties  the properties of every function with many more examples, other ones each time: half an hour
# make mutants  would the tests notice a wrong line? hours; goes on where it was stopped (MODULE="exact/ising work")
# make bench    time typical computations of the chapters beside what a reader would use instead: some minutes
# make versions the package's tests on the oldest and the newest numpy, scipy and matplotlib, on each Python at hand
# make pins     compile requirements*.in into exact versions
# make clean    remove what was built       make distclean  the environment too
NB ?= chapters/*.ipynb tests/template.ipynb
PORT ?= 8000
SEEDS ?= 5
REQUIREMENTS ?= requirements-dev.txt
BIN = .venv/bin
READY = .venv/.ready
export PYTHONUTF8 = 1
# The matrices are small: several BLAS threads would mostly wait for each other, minutes long on a busy machine.
export OPENBLAS_NUM_THREADS ?= 1
export MKL_NUM_THREADS ?= 1
# glibc hands the memory of numpy's temporaries back to the system and asks for it again, page by page: keep it.
export MALLOC_MMAP_THRESHOLD_ ?= 268435456
export MALLOC_TRIM_THRESHOLD_ ?= 268435456
MAKEFLAGS += --no-print-directory

.PHONY: book lite lite-run oracles pdf test links lab serve fresh refresh claims properties mutants bench versions pins \
	clean distclean setup style anew
.NOTPARALLEL:

setup: $(READY)

# What the environment is of: this folder (a copied one would import the first one's package), a list of packages, and
# a Python. PYTHON counts where it is named; else the environment keeps its own, and python3 makes the first.
IDENTITY = -c 'import sys; print(sys.base_prefix, *sys.version_info[:3])' 2>/dev/null
export WANTED := $(CURDIR) $(REQUIREMENTS) $(shell $(or $(PYTHON),$(BIN)/python) $(IDENTITY))
ifneq ($(WANTED),$(shell cat $(READY) 2>/dev/null))
$(READY): anew
endif

# Its last import fills matplotlib's cache of fonts: in a notebook that may write to stderr, which is an error there.
$(READY): PYTHON := $(or $(PYTHON),python3)
$(READY): $(REQUIREMENTS) code/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12")'
	test "$$WANTED" = "$$(cat $@ 2>/dev/null)" || $(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(REQUIREMENTS)
	$(BIN)/python -c 'import matplotlib.font_manager'
	@echo "$$(pwd -P) $(REQUIREMENTS) $$($(BIN)/python $(IDENTITY))" > $@

# Every page is read again, from the runs that _ext/executions.py keeps: a page that is not read would not be warned of.
book: $(READY)
	$(BIN)/python lite/parts.py $(if $(FETCH),--fetch)
	rm -rf _build/html _build/.doctrees _build/jupyter_execute $(if $(FORCE),_build/.jupyter_cache)
	$(BIN)/jupyter-book build . -W -n --keep-going
	@$(BIN)/python -c 'import pathlib; print("The book is built. Open ", pathlib.Path("_build/html/index.html").resolve().as_uri(), " or run  make serve")'

lite:
	$(MAKE) book FETCH=1

pdf: $(READY)
	@command -v latexmk xelatex >/dev/null || { echo "make pdf needs latexmk and xelatex (Debian: latexmk texlive-xetex texlive-latex-extra)"; exit 1; }
	$(BIN)/jupyter-book build . --builder pdflatex --keep-going

style: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# The notebooks' stored outputs are compared with what they printed in the build, which has run them as they are now.
test: style book
	$(BIN)/python -m pytest --built -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

lite-run: lite
	LITE_ALL=1 $(BIN)/python -m pytest -o addopts= -v -rP tests/book/test_lite.py

oracles: $(READY)
	ORACLES_ALL=1 $(BIN)/python -m pytest -o addopts= -v -n auto --maxprocesses 4 tests/oracles

links: $(READY)
	$(BIN)/jupyter-book build . --builder linkcheck

lab: $(READY)
	$(BIN)/jupyter lab --notebook-dir=. chapters

serve: book
	@echo "The book is at  http://127.0.0.1:$(PORT)/  (stop with Ctrl-C)"
	$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

fresh: $(READY)
	$(BIN)/python -m pytest --fresh tests/book/test_launch.py

refresh: $(READY)
	$(BIN)/jupyter nbconvert --to notebook --execute --inplace --ExecutePreprocessor.timeout=-1 $(NB)
	$(BIN)/python tests/strip_notebooks.py $(NB)

claims: $(READY)
	PYTHONPATH=_ext $(BIN)/python tests/seeds.py --seeds $(SEEDS) $(SCHEDULER:%=--scheduler %) \
		$(WORKERS:%=--workers %) $(if $(filter-out file,$(origin NB)),-- $(NB))

properties: $(READY)
	HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -o addopts= -n auto --maxprocesses 4 --dist worksteal tests/properties

mutants: $(READY)
	$(BIN)/python tests/mutants.py $(MODULE)

# The page "How fast it is" shows what this writes, benchmarks/results.json. SHORT=1 does a little of all, and writes none.
bench: $(READY)
	$(BIN)/python benchmarks/bench.py $(if $(SHORT),--quick)

versions: $(READY)
	$(BIN)/python -m nox

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
	rm -rf _build .pytest_cache .ruff_cache .hypothesis

distclean: clean
	rm -rf .venv
