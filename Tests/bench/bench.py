"""Measures the program against its limits and prints one table: deploy/bench builds everything and calls this.

    bench.py [--full] [SCENARIO...]
"""
from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path += [str(Path(__file__).resolve().parents[1] / folder) for folder in ("e2e", "servers")]

import scenarios
from stage import Row

HEAD = ["", "messages", "requests", "requests/msg", "seconds", "messages/s", "ratio", "peak MiB", "CPU s", ""]


def cells(row: Row, program: Row | None) -> list[str]:
    usage = row.usage
    has_ratio = program is not None and not row.is_program and row.rate > 0
    return [
        row.name, f"{row.messages:,}", "–" if row.requests is None else f"{row.requests:,}",
        f"{row.requests / row.messages:.4f}" if row.requests and row.messages else "–", f"{usage.seconds:.2f}",
        f"{row.rate:,.0f}" if row.rate >= 100 else f"{row.rate:.2f}",
        f"{program.rate / row.rate:.2f}" if has_ratio else "–", f"{usage.peak_kib / 1024:.1f}", f"{usage.cpu:.2f}",
        row.remark,
    ]


def table(rows: list[Row]) -> str:
    lines = [HEAD]
    group = None
    for row in rows:
        if row.group != group:
            lines.append([row.group] + [""] * (len(HEAD) - 1))
            group = row.group
        program = next((other for other in rows if other.group == group and other.is_program), None)
        lines.append(["  " + (first := cells(row, program))[0], *first[1:]])
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join("  ".join(
        cell.ljust(width) if column in (0, len(HEAD) - 1) else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(line, widths))).rstrip() for line in lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="deploy/bench")
    parser.add_argument("scenario", nargs="*", help=f"of {', '.join(scenarios.ALL)}; default: all but servers")
    parser.add_argument("--full", action="store_true", help="the largest sizes, and no short time limits")
    given = parser.parse_args()
    unknown = [name for name in given.scenario if name not in scenarios.ALL]
    if unknown:
        parser.error(f"no such scenario: {', '.join(unknown)}; there are {', '.join(scenarios.ALL)}")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="bizgo-bench-") as folder:
        for name in given.scenario or [name for name in scenarios.ALL if name != "servers"]:
            rows += scenarios.ALL[name](Path(folder), given.full)
    print(table(rows))
    print("\nratio: the program's messages/s (first row of the group) by this row's. Peak resident set and CPU are those "
          "of the row's process, by wait4.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
