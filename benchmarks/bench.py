"""Typical computations of the chapters beside what a reader would use instead, written to benchmarks/results.json.

    python benchmarks/bench.py [--quick] [--only NAME ...] [--write FILE]

The sides are compared before they are timed, and take turns. Times are processor times of one thread. --quick does a
little of everything, for the tests; its times say nothing.
"""

import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import argparse
import json
from datetime import date
from functools import partial
from pathlib import Path

import blackjax
import jax
import laws
import numpy as np
import pots
import samplers
import scaling
import scipy
import side_by_side
import sklearn

ROWS = {
    "lattice": pots.thermodynamics,
    "stove": pots.stove,
    "langevin": samplers.langevin,
    "driven": samplers.driven,
    "robot-arm-float32": partial(samplers.robot_arm_row, dtype=np.float32),
    "robot-arm-float64": partial(samplers.robot_arm_row, dtype=np.float64),
    "sgld": partial(samplers.sgld_row, control_variate=False),
    "sgld-after": partial(samplers.sgld_row, control_variate=True),
    "softmax": samplers.softmax,
    "sgd-1": partial(samplers.sgd, chains=1),
    "sgd-300": partial(samplers.sgd, chains=300),
    "sieve": laws.sieve,
    "perceptron": laws.perceptron_row,
    "levels": laws.levels,
    "magnet": laws.magnet,
    "m-estimation": laws.high_dimensions,
    "reverse-chain": laws.back,
}
RESULTS = Path(__file__).parent / "results.json"


def measured(make, share, **plan):
    row = make(share)
    first = side_by_side.first_runs(row)
    agreement = side_by_side.compare(row)
    times = side_by_side.timed(row, **plan)
    for name, seconds in first.items():
        run = row.count * times[name]["median"]
        times[name]["before"] = seconds - run if seconds > 2 * run else 0.0  # less is noise: nothing was compiled
    record = {key: getattr(row, key) for key in ("chapter", "work", "unit", "count", "floor_of", "tolerance")}
    record["date"], record["rounds"] = date.today().isoformat(), plan["rounds"]
    record["load"] = round(os.getloadavg()[0], 1)  # programs that wanted a processor
    return record | {"sides": [side.name for side in row.sides], "agreement": agreement, "times": times}


def line(record):
    """One row of the printed table, in the unit of the first side's time."""
    ours, *peers = record["sides"]
    times = record["times"]
    cells = [f"{name} {figure(times[name])}" for name in (ours, *peers, *(["floor"] if "floor" in times else []))]
    return f"{record['chapter']:20}{record['work']}, one {record['unit']}\n" + "".join(f"{'':20}{c}\n" for c in cells)


def figure(time):
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)):
        if time["median"] >= size or unit == "ns":
            low, middle, high = (time[key] / size for key in ("low", "median", "high"))
            before = f", {time['before']:.1f} s once" if time.get("before", 0.0) > 0.1 else ""
            return f"{middle:.3g} {unit} ({low:.3g} to {high:.3g}){before}"


def scaled(share, only, plan):
    """The parts that are no rows: how costs grow, and what single numbers cost."""
    parts = {
        "elementary": lambda: scaling.elementary(share),
        "chains": lambda: scaling.chains(share, **plan),
        "cases": lambda: scaling.cases(share, rounds=plan["rounds"]),
        "memory": lambda: scaling.memory(share),
    }
    return {name: part() for name, part in parts.items() if not only or name in only}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a little of everything, written only where asked")
    parser.add_argument("--only", nargs="*", help="measure anew: rows, elementary, chains, cases, memory")
    parser.add_argument("--write", type=Path, default=None, help=f"where to write; {RESULTS.name} for a whole run")
    options = parser.parse_args()
    plan, share = ({"rounds": 1, "seconds": 0.0}, 0.01) if options.quick else ({"rounds": 5, "seconds": 0.05}, 1.0)
    path = options.write or (None if options.quick else RESULTS)
    results = json.loads(path.read_text(encoding="utf-8")) if options.only and path and path.exists() else {"rows": {}}
    versions = {"scipy": scipy.__version__, "jax": jax.__version__, "BlackJAX": blackjax.__version__}
    results["machine"] = side_by_side.machine(**versions, **{"scikit-learn": sklearn.__version__})
    for name, make in ROWS.items():
        if not options.only or name in options.only:
            results["rows"][name] = measured(make, share, **plan)
            print(line(results["rows"][name]), flush=True)
            if path:
                write(path, results)
    results |= scaled(share, options.only, plan)
    print(json.dumps({key: value for key, value in results.items() if key != "rows"}, indent=1))
    if path:
        write(path, results)


def write(path, results):
    results["rows"] = {name: results["rows"][name] for name in ROWS if name in results["rows"]}
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
