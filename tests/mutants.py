"""Would the tests notice a wrong line? Run as ``python tests/mutants.py exact/diffusion work``, or without a module.

A mutant is a module of the package in which one operator, number or condition is changed, by cosmic-ray or by one of
the operators below. It runs in a process forked from this one, which has imported numpy, scipy and pytest already, and
meets the tests of its own room that enter its function, the quick ones first, until one fails. Results are kept in
_build/mutants. A run that was stopped goes on where it was; after a change of the tests the survivors are tried again,
after a change of the module all of its mutants. What each module came to stands in mutants.json.

What no test can or should notice stands with its reason in mutants.yml. Strings, annotations, decorators and what is
raised are not mutated: they change no value.
"""

import argparse
import ast
import collections
import gc
import hashlib
import importlib
import importlib.machinery
import importlib.util
import json
import os
import re
import resource
import signal
import sys
import time
from pathlib import Path

import pytest
import yaml
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators import (
    binary_operator_replacement,
    boolean_replacer,
    break_continue,
    comparison_operator_replacement,
    unary_operator_replacement,
)
from cosmic_ray.operators.number_replacer import NumberReplacer
from cosmic_ray.operators.operator import Operator
from cosmic_ray.operators.zero_iteration_for_loop import ZeroIterationForLoop
from hypothesis import Phase, settings
from parso.python.tree import Keyword, Number

ROOT = Path(__file__).parents[1]
PACKAGE, TESTS, RESULTS = ROOT / "code" / "sgdphysics", ROOT / "tests", ROOT / "_build" / "mutants"
PROPERTIES, EXPLAINED = TESTS / "properties", TESTS / "mutants.yml"
STORED = TESTS / "mutants.json"  # what the page on how the book is checked tells of
COLUMNS = "killed timeouts explained open".split()
ROOMS = ("exact", "dynamics", "energies", "work", "lattice", "estimators", "claims")
ELSEWHERE = {"dynamics/jump_process": "exact"}  # it is tested against the master equation
PHASES = Phase.explicit, Phase.generate
LIMITS, CHANGED = {signal.SIGXCPU, signal.SIGKILL, signal.SIGALRM}, 77
WARM = "special optimize integrate linalg sparse.linalg sparse.csgraph stats".split()
QUIET = "-q -x -o addopts= -p no:cacheprovider -p no:unraisableexception --assert=plain --tb=no --no-summary".split()


class OneInAHundred(Operator):
    """A number in a sum, a product or a power grows by one per cent: a law that is nearly right."""

    examples = None

    def mutation_positions(self, node):
        if isinstance(node, Number) and node.parent.type in ("term", "arith_expr", "power") and float(node.value):
            yield node.start_pos, node.end_pos

    def mutate(self, node, index):
        return Number(f"{1.01 * ast.literal_eval(node.value):.12g}", node.start_pos, node.prefix)


class Omission(Operator):
    """A call whose result is not used, such as the check of an argument, or a change in place is left out."""

    examples = None

    def mutation_positions(self, node):
        first = node.children[0] if node.type == "simple_stmt" else None
        called = getattr(first, "type", "") == "atom_expr" and first.children[-1].children[0].value == "("
        augmented = getattr(first, "type", "") == "expr_stmt" and first.children[1].get_code().strip()[:-1]
        if called or (augmented and augmented + "=" == first.children[1].get_code().strip()):
            yield node.start_pos, node.end_pos

    def mutate(self, node, index):
        first = node.children[0].get_first_leaf()
        node.children[0] = Keyword("pass", first.start_pos, first.prefix)
        return node


OPERATORS = [
    *(
        getattr(binary_operator_replacement, f"ReplaceBinaryOperator_{change}")()
        for change in "Add_Sub Sub_Add Mul_Div Div_Mul Pow_Mul FloorDiv_Mul Mod_Mul LShift_RShift RShift_LShift "
        "BitAnd_BitOr BitOr_BitAnd BitXor_BitAnd".split()
    ),
    *(
        getattr(comparison_operator_replacement, f"ReplaceComparisonOperator_{change}")()
        for change in "Lt_LtE LtE_Lt Gt_GtE GtE_Gt Eq_NotEq NotEq_Eq Is_IsNot IsNot_Is".split()
    ),
    *(
        getattr(unary_operator_replacement, f"ReplaceUnaryOperator_Delete_{sign}")()
        for sign in ("USub", "Not", "Invert")
    ),
    boolean_replacer.ReplaceTrueWithFalse(),
    boolean_replacer.ReplaceFalseWithTrue(),
    boolean_replacer.ReplaceAndWithOr(),
    boolean_replacer.ReplaceOrWithAnd(),
    boolean_replacer.AddNot(),
    break_continue.ReplaceBreakWithContinue(),
    break_continue.ReplaceContinueWithBreak(),
    NumberReplacer(),
    ZeroIterationForLoop(),
    OneInAHundred(),
    Omission(),
]


def modules(names):
    """The files of the package that ``names``, rooms or modules, stand for."""
    for name in names:
        path = PACKAGE / name
        yield from sorted(path.glob("[!_]*.py")) if path.is_dir() else [path.with_suffix(".py")]


def name_of(path):
    return path.relative_to(PACKAGE).with_suffix("").as_posix()


def tests_of(path):
    """The test files of a module's room that are named after it or import it, or what it defines, by name.

    Those of its properties follow; they are slower.
    """
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    files = sorted((TESTS / ELSEWHERE.get(name_of(path), room)).glob("test_*.py"))
    defined = [part.name for part in ast.parse(path.read_text(encoding="utf-8")).body if hasattr(part, "name")]
    names = "|".join([path.stem, *defined])
    used = re.compile(rf"^(from|import) .*\b({names})\b|\b{room}\.({names})\b", re.MULTILINE)
    own = [file for file in files if file.stem == f"test_{path.stem}" or used.search(file.read_text(encoding="utf-8"))]
    named = re.compile(rf"\b({names})\b")
    properties = [one for one in sorted(PROPERTIES.glob("test_*.py")) if named.search(one.read_text(encoding="utf-8"))]
    return (own or sorted(TESTS.glob(f"test_{room}*.py"))) + properties


def without_value(source):
    """Where the text of ``source`` changes no value: ((line, column), (line, column)) as parso counts them."""
    lines = source.splitlines()

    def place(line, column):
        return line, len(lines[line - 1].encode()[:column].decode())

    for node in ast.walk(ast.parse(source)):
        parts = [node] if isinstance(node, ast.Raise | ast.JoinedStr) else []
        parts += getattr(node, "decorator_list", [])
        parts += [part for part in (getattr(node, "annotation", None), getattr(node, "returns", None)) if part]
        for part in parts:
            yield place(part.lineno, part.col_offset), place(part.end_lineno, part.end_col_offset)


def functions(source):
    """[(first line, last line, name)] of the functions and methods at the top of a module, decorators included."""
    found = []
    for node in ast.parse(source).body:
        methods = [(f"{node.name}.", part) for part in node.body] if isinstance(node, ast.ClassDef) else [("", node)]
        for prefix, part in methods:
            if isinstance(part, ast.FunctionDef):
                first = min([part.lineno, *(decorator.lineno for decorator in part.decorator_list)])
                found.append((first, part.end_lineno, prefix + part.name))
    return found


def function_at(known, line):
    return next((name for first, last, name in known if first <= line <= last), "")


def changed(old, new):
    """The lines in which two lists of lines differ, each side as one line."""
    while old and new and old[0] == new[0]:
        old, new = old[1:], new[1:]
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    old, new = (" ".join(line.strip() for line in lines) for lines in (old, new))
    return old, new.replace("( ", "(").replace("[ ", "[").replace("  ", " ")


def mutants(source):
    """A mutant's name, "function: old line -> new line", its function and its source; alike ones appear once.

    cosmic-ray also takes the stars before keywords, in parameters, calls and dicts, for products.
    """
    tree, known, silent = get_ast(source), functions(source), list(without_value(source))
    seen, count = {ast.dump(ast.parse(source))}, collections.Counter()
    for operator in OPERATORS:
        places = [(node, place) for node in ast_nodes(tree) for place, _ in operator.mutation_positions(node)]
        for occurrence, (node, place) in enumerate(places):
            star = node.type == "operator" and node.parent.type in ("parameters", "argument", "dictorsetmaker")
            if star or any(first <= place < last for first, last in silent):
                continue
            mutant = mutate_code(source, operator, occurrence)
            same = ast.dump(ast.parse(mutant))
            if same in seen:
                continue
            seen.add(same)
            old, new = changed(source.splitlines(), mutant.splitlines())
            name = f"{function_at(known, place[0])}: {old} -> {new}"
            count[name] += 1
            yield name + (f" #{count[name]}" if count[name] > 1 else ""), function_at(known, place[0]), mutant


class Watch:
    """A plugin of pytest that notes which functions of the package each test enters, and how long it takes."""

    def __init__(self):
        self.package, self.known = f"{PACKAGE}{os.sep}", {}
        self.tests, self.shared = {}, set()

    def during(self, seen):
        """What is kept from one test to the next is forgotten first: a mutant meets each test alone."""
        for module in [module for name, module in sys.modules.items() if name.startswith("sgdphysics")]:
            for value in vars(module).values():
                getattr(value, "cache_clear", int)()

        def note(frame, event, argument):
            if event == "call" and frame.f_code.co_filename.startswith(self.package):
                seen.add((frame.f_code.co_filename, frame.f_code.co_firstlineno))

        sys.setprofile(note)
        try:
            return (yield)
        finally:
            sys.setprofile(None)

    def named(self, seen):
        """{module: the functions at its top} of what was entered."""
        found = collections.defaultdict(set)
        for filename, line in seen:
            path = Path(filename)
            if path not in self.known:
                self.known[path] = functions(path.read_text(encoding="utf-8"))
            found[name_of(path)].add(function_at(self.known[path], line))
        return {module: sorted(names) for module, names in found.items()}

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector):
        return (yield from self.during(self.shared))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item):
        return (yield from self.during(self.shared))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        seen, start = set(), time.process_time()
        result = yield from self.during(seen)
        self.tests[item.nodeid] = {"seconds": time.process_time() - start, "enters": seen}
        return result

    def pytest_sessionfinish(self):
        for about in self.tests.values():
            about["enters"] = self.named(about["enters"] | self.shared)


class Only:
    """A plugin of pytest that runs the named tests alone, in their order."""

    def __init__(self, names):
        self.rank = {name: rank for rank, name in enumerate(names)}

    def pytest_collection_modifyitems(self, session, items):
        if not session.testsfailed and not self.rank.keys() <= {item.nodeid for item in items}:
            pytest.exit("a test is gone", returncode=CHANGED)
        items[:] = sorted((item for item in items if item.nodeid in self.rank), key=lambda item: self.rank[item.nodeid])


class Mutated(importlib.machinery.SourceFileLoader):
    """A finder and loader of one module with other contents."""

    def __init__(self, path, source):
        super().__init__("sgdphysics." + name_of(path).replace("/", "."), str(path))
        self.source = source

    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_code(self, name):
        return compile(self.source, self.path, "exec")


def forked(work, seconds=None):
    """(exit code of ``work`` in a process of its own, its processor time); killed after ``seconds`` of that time.

    A process that waits or is starved is killed after twenty times as long by the clock.
    """
    child = os.fork()
    if child == 0:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        if seconds is not None:
            resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1,) * 2)
            resource.setrlimit(resource.RLIMIT_DATA, (4 * 2**30,) * 2)
            signal.alarm(20 * (int(seconds) + 1))
        try:
            os._exit(int(work()))
        finally:
            os._exit(99)
    _, status, used = os.wait4(child, 0)
    return os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime


def run_pytest(files, *plugins):
    return pytest.main([*QUIET, *map(str, files)], plugins=list(plugins))


def digest(paths):
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:16]


def read(path):
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def write(path, contents):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".new").write_text(json.dumps(contents, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    path.with_suffix(".new").replace(path)


def map_of(file):
    """{test: {seconds, enters}} from a run of a test file, which must pass."""
    kept = RESULTS / "tests" / f"{file.relative_to(TESTS).with_suffix('').as_posix().replace('/', '.')}.json"
    now = digest([file, *sorted(PACKAGE.rglob("*.py"))])
    if read(kept).get("digest") != now:
        watch = Watch()

        def work():
            if not (code := run_pytest([file], watch)):
                write(kept, {"digest": now, "tests": watch.tests})
            return code

        if code := forked(work)[0]:
            sys.exit(f"{file.name} fails without a mutant (pytest: {code})")
    return read(kept)["tests"]


def map_of_tests(path):
    """{test: {seconds, enters}} of the tests that enter the module, with the names of its functions."""
    tests = {name: test for file in tests_of(path) for name, test in map_of(file).items()}
    known = {name: test["enters"].get(name_of(path)) for name, test in tests.items()}
    return {name: {"seconds": test["seconds"], "enters": known[name]} for name, test in tests.items() if known[name]}


def verdict_on(path, function, source, tests):
    """killed, survived or timeout, and the processor time it took; the tests of properties come last."""
    entered = {name: test for name, test in tests.items() if function in test["enters"] or not function}
    names, spent = sorted(entered, key=lambda name: entered[name]["seconds"]), 0.0
    last = [name for name in names if PROPERTIES in (ROOT / name).parents]
    for group in filter(None, ([name for name in names if name not in last], last)):

        def work(group=group):
            sys.meta_path.insert(0, Mutated(path, source))
            return run_pytest(sorted({ROOT / name.split("::")[0] for name in group}), Only(group))

        code, seconds = forked(work, 20 + 5 * sum(entered[name]["seconds"] for name in group))
        spent += seconds
        if code == CHANGED:
            sys.exit("the tests were changed meanwhile; run this again")
        if code:
            return "timeout" if -code in LIMITS else "killed", spent
    return "survived", spent


def try_all(path):
    """Try the mutants of a module that have no verdict yet, and keep the verdicts."""
    kept, source = RESULTS / f"{name_of(path).replace('/', '.')}.json", path.read_text(encoding="utf-8")
    tests, found = map_of_tests(path), read(kept)
    if found.get("module") != digest([path]):
        found = {"module": digest([path]), "verdicts": {}}
    if found.get("tests") != digest(tests_of(path)):
        killed = {name: verdict for name, verdict in found["verdicts"].items() if verdict == "killed"}
        found |= {"tests": digest(tests_of(path)), "verdicts": killed}
    if not found["verdicts"] and verdict_on(path, "", source, tests)[0] != "survived":
        sys.exit(f"{name_of(path)} does not survive its tests as it is")
    for name, function, mutant in mutants(source):
        if name not in found["verdicts"]:
            found["verdicts"][name], seconds = verdict_on(path, function, mutant, tests)
            write(kept, found)
            print(f"{found['verdicts'][name]:9} {seconds:6.1f} s  {name_of(path)}  {name}", flush=True)
    return found


def explained(path):
    """{name of a mutant, or its beginning and …: why it may survive}"""
    reasons = yaml.safe_load(EXPLAINED.read_text(encoding="utf-8")).get(name_of(path)) or {}
    return {entry: reason for reason, entries in reasons.items() for entry in entries}


def fits(entry, name):
    return name == entry or (entry.endswith("…") and name.startswith(entry[:-1]))


def judged(path, found):
    """What a module's mutants came to, and what is wrong: survivors without a reason, reasons without a survivor."""
    verdicts, entries = found["verdicts"], explained(path)
    count = collections.Counter(verdicts.values())
    survivors = [name for name, verdict in verdicts.items() if verdict == "survived"]
    open_ = [name for name in survivors if not any(fits(entry, name) for entry in entries)]
    stale = [entry for entry in entries if not any(fits(entry, name) for name in survivors)]
    row = {"killed": count["killed"], "timeouts": count["timeout"], "explained": len(survivors) - len(open_)}
    wrong = [f"{name_of(path)} survived: {name}" for name in open_]
    wrong += [f"{name_of(path)} is explained, yet no survivor: {entry}" for entry in stale]
    return row | {"open": len(open_), "source": digest([path])}, wrong


def in_a_line(name, row):
    """A module's line of the table; its score is of the mutants that nobody has explained."""
    caught = row["killed"] + row["timeouts"]
    score = caught / max(caught + row["open"], 1)
    return f"{name:28}" + "".join(f"{row[word]:10}" for word in COLUMNS) + f"{score:10.1%}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", default=ROOMS, help="exact/diffusion, work, ... or a whole room")
    arguments = parser.parse_args()
    os.chdir(ROOT)
    os.environ |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONHASHSEED": "0"}
    for name in WARM:
        importlib.import_module(f"scipy.{name}")
    settings.register_profile("mutants", derandomize=True, database=None, deadline=None, phases=PHASES)
    settings.load_profile("mutants")  # the same examples for each mutant, none kept, and no search for a shorter one
    gc.freeze()  # what is imported so far is not searched for garbage in every process
    results = {name_of(path): judged(path, try_all(path)) for path in modules(arguments.modules or ROOMS)}
    rows = {name: row for name, (row, _) in results.items()}
    every = {name_of(path) for path in modules(ROOMS)}
    write(STORED, {name: row for name, row in sorted((read(STORED) | rows).items()) if name in every})
    print(f"{'module':28}", *(f"{word:>10}" for word in (*COLUMNS, "score")), sep="")
    print(*(in_a_line(*row) for row in rows.items()), sep="\n")
    total = {word: sum(row[word] for row in rows.values()) for word in COLUMNS}
    wrong = [text for _, texts in results.values() for text in texts]
    print(in_a_line("all of these", total), *wrong, sep="\n")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
