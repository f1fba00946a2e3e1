# SPDX-License-Identifier: GPL-2.0
"""Our drivers against the in-tree ones: drives guests, prints the table, writes
build/results/bench.json and the plots. Run it by `make bench`."""

import argparse
import importlib
import json
import platform
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from measure import Table  # noqa: E402
from rig import TOP, BenchError, GuestError, QMPError, release_of  # noqa: E402

RESULTS = TOP / "build" / "results"


def suites():
    return sorted(path.stem[len("suite_"):] for path in HERE.glob("suite_*.py"))


def first_line(*command):
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout.splitlines()[0].strip() if result.stdout else "unknown"


def circumstances(arguments):
    """Under what a result holds."""
    cpus = [line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")]
    return {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "tree": first_line("git", "-C", str(TOP), "describe", "--always", "--dirty"),
        "kernel": release_of(arguments.kernel),
        "qemu": first_line("qemu-system-x86_64", "--version"),
        "machine": f"{len(cpus)} x {cpus[0] if cpus else platform.machine()}",
        "command": "make bench" + "".join(
            [f" GUEST={arguments.kernel}", " QUICK=1" if arguments.quick else "",
             f" BENCH={arguments.suites}" if arguments.suites else "",
             f" ROW='{arguments.row}'" if arguments.row else ""]),
        "rounds": arguments.rounds,
    }


def write_results(about, table, output):
    output.parent.mkdir(parents=True, exist_ok=True)
    data = {"about": about, "rows": [row.as_json() for row in table.rows.values()]}
    output.write_text(json.dumps(data, indent=1) + "\n")


def draw(output):
    """Plots beside the results, where matplotlib is there."""
    try:
        from plot import plot_all
    except ImportError:
        print("no plots: python3-matplotlib is missing (scripts/setup bench)", file=sys.stderr)
        return
    plot_all(json.loads(output.read_text()), output.parent)


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernel", default="6.1", help="series or release of the guest's kernel")
    parser.add_argument("--suites", default="", help=f"of {','.join(suites())}; all by default")
    parser.add_argument("--row", default="", help="only rows with this in their name")
    parser.add_argument("--rounds", type=int, default=0, help="times that each driver runs (5)")
    parser.add_argument("--quick", action="store_true", help="two rounds, a quarter of the data")
    parser.add_argument("--output", type=Path, default=RESULTS / "bench.json")
    arguments = parser.parse_args()
    unknown = set(filter(None, arguments.suites.split(","))) - set(suites())
    if unknown:
        parser.error(f"no suite '{unknown.pop()}'; there are: {', '.join(suites())}")
    arguments.rounds = arguments.rounds or (2 if arguments.quick else 5)
    return arguments


def main():
    arguments = parse()
    about = circumstances(arguments)
    table = Table(arguments.row)
    failed = []
    for name in list(filter(None, arguments.suites.split(","))) or suites():
        started = time.monotonic()
        try:
            importlib.import_module(f"suite_{name}").run(
                table, arguments.kernel, arguments.rounds, arguments.quick)
        except (BenchError, GuestError, QMPError, AssertionError, OSError) as problem:
            failed.append(f"{name}: {problem}")
            print(f"bench: suite {name}: {problem}", file=sys.stderr)
        print(f"bench: suite {name} took {time.monotonic() - started:.0f} s", file=sys.stderr)
        about["failed"] = failed
        write_results(about, table, arguments.output)
    for key, value in about.items():
        print(f"{key}: {value}")
    print("\n".join(table.lines()))
    draw(arguments.output)
    print(f"written: {arguments.output}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
