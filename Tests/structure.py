#!/usr/bin/env python3
"""Measures how the sources are cut: for a revision or, without one, for the files as they are.

    Tests/structure.py                   the files as they are
    Tests/structure.py 3122dbc           a revision
    Tests/structure.py 3122dbc --lists   also names the types on the main path, and those used by one other file only

The main path is what `.github/ARCHITECTURE.md` walks from a row to Slack: the types declared in the files it names there.
It is read textually; no compiler is asked. What generated code declares counts as well.
"""

import argparse
import pathlib
import re
import statistics
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
TYPE = re.compile(
    r"^(?P<indent> *)(?:@\w+(?:\([^)]*\))? +)*(?:(?:public|package|internal|fileprivate|private|final|indirect|nonisolated) +)*"
    r"(?P<kind>struct|class|enum|actor|protocol) +(?P<name>[A-Z]\w*)", re.MULTILINE)
INITIALISER = re.compile(r"\binit\([^{}]*\)[^{}]*\{(?P<body>[^{}]*)\}")
ASSIGNMENT = re.compile(r"^(?:self\.)?(\w+) = \1$")
WALK = re.compile(r"^## The walk$(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def sources(revision: str | None) -> dict[str, str]:
    if revision is None:
        return {str(path.relative_to(ROOT)): path.read_text() for path in sorted(ROOT.glob("Sources/**/*.swift"))}
    names = git("ls-tree", "-r", "--name-only", revision, "Sources").split("\n")
    return {name: git("show", f"{revision}:{name}") for name in names if name.endswith(".swift")}


def git(*words: str) -> str:
    return subprocess.run(["git", "-C", ROOT, *words], check=True, capture_output=True, text=True).stdout


def without_comments(text: str) -> str:
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return "\n".join(re.sub(r"(^|\s)//.*", "", line) for line in text.split("\n"))


def is_memberwise(body: str) -> bool:
    """Each statement hands a parameter to the property of its name, and nothing else."""
    statements = [word.strip() for line in body.split("\n") for word in line.split(";") if word.strip()]
    return bool(statements) and all(ASSIGNMENT.match(statement) for statement in statements)


def walk() -> list[str]:
    document = ROOT / ".github/ARCHITECTURE.md"
    found = WALK.search(document.read_text()) if document.exists() else None
    return sorted(set(re.findall(r"`(Sources/[^`]+\.swift)`", found.group(1)))) if found else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("revision", nargs="?", help="without: the files as they are")
    parser.add_argument("--lists", action="store_true", help="name the types, too")
    arguments = parser.parse_args()

    files = sources(arguments.revision)
    code = {name: without_comments(text) for name, text in files.items()}
    lengths = {name: sum(1 for line in text.split("\n") if line.strip()) for name, text in code.items()}
    types = {name: [match.group("name") for match in TYPE.finditer(text)] for name, text in code.items()}
    outer = {name: [match.group("name") for match in TYPE.finditer(text) if not match.group("indent")]
             for name, text in code.items()}
    words = {name: set(re.findall(r"\b[A-Z]\w*", text)) for name, text in code.items()}
    users = {(kind, name): [other for other in files if other != name and kind in words[other]]
             for name in files for kind in outer[name]}
    lonely = sorted(f"{kind} ({name}), used by {found[0]}" for (kind, name), found in users.items() if len(found) == 1)
    memberwise = sum(1 for text in code.values() for match in INITIALISER.finditer(text) if is_memberwise(match["body"]))
    path = [(name, kind) for name in walk() for kind in types.get(name, [])]

    print(f"files                                         {len(files)}")
    print(f"types                                         {sum(map(len, types.values()))}")
    print(f"lines                                         {sum(text.count(chr(10)) for text in files.values())}")
    print(f"median code lines a file                      {statistics.median(lengths.values()):.0f}")
    print(f"files of 30 code lines or fewer               {sum(n <= 30 for n in lengths.values()) / len(files):.0%}")
    print(f"memberwise initialisers                       {memberwise}")
    print(f"top-level types used by one other file only   {len(lonely)} of {len(users)}")
    if arguments.revision is None:
        print(f"types on the main path                        {len(path)} in {len(walk())} files")
    if arguments.lists:
        for name, kind in path if arguments.revision is None else []:
            print(f"  main path: {kind} ({name})")
        for line in lonely:
            print(f"  one user: {line}")


if __name__ == "__main__":
    main()
