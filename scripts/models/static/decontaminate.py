"""Drops every training pair that is too close to an evaluation set. Plain Python, no numpy.

A pair goes if its query or its passage shares one run of 8 words with any text of the evaluation
folder, if its query shares one run of 5 words with an evaluation query, or if it equals one.

Run: python decontaminate.py --data DIR PAIRS CLEAN   (both files are JSON lines)
"""

import argparse
import collections
import json
import pathlib
import re
import sys

DOCUMENT_RUN = 8
QUERY_RUN = 5
WORD = re.compile(r"[a-z0-9]+")
# Fields that hold a query in the folders of shared/eval; `text` does in files named queries*.
QUERY_FIELDS = ("question", "query", "doc")


def words(text: str) -> list[str]:
    return WORD.findall(text.lower())


def runs(text: str, length: int) -> set[str]:
    """Every run of `length` words, joined by spaces."""
    found = words(text)
    return {" ".join(found[i : i + length]) for i in range(len(found) - length + 1)}


def strings(value):
    """Every string in a JSON value, keys included: one of the sets keeps its texts as keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for entry in value:
            yield from strings(entry)
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield key
            yield from strings(entry)


def read(path: pathlib.Path) -> list:
    """The JSON values of a file: one for each line, or one for the whole file."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    value = json.loads(text)
    return value if isinstance(value, list) else [value]


def queries_of(path: pathlib.Path, values: list) -> list[str]:
    fields = QUERY_FIELDS + (("text",) if path.name.startswith("queries") else ())
    found = []
    for value in values:
        if isinstance(value, dict):
            nested = [row for entry in value.values() if isinstance(entry, list) for row in entry]
            for row in [value, *nested]:
                if isinstance(row, dict):
                    found += [row[field] for field in fields if isinstance(row.get(field), str)]
    return found


class Filter:
    """What may not be in the corpus: runs of words of the evaluation texts, and the queries."""

    def __init__(self) -> None:
        self.document_runs: set[str] = set()
        self.query_runs: set[str] = set()
        self.queries: set[str] = set()
        self.texts = 0

    def add_text(self, text: str) -> None:
        self.texts += 1
        self.document_runs |= runs(text, DOCUMENT_RUN)

    def add_query(self, query: str) -> None:
        self.queries.add(" ".join(words(query)))
        self.query_runs |= runs(query, QUERY_RUN)

    def reason(self, query: str, passage: str) -> str | None:
        """Why the pair goes, or None if it may stay."""
        if " ".join(words(query)) in self.queries:
            return "query equals an evaluation query"
        if not self.query_runs.isdisjoint(runs(query, QUERY_RUN)):
            return "query shares 5 words in a row with an evaluation query"
        for text in (query, passage):
            if not self.document_runs.isdisjoint(runs(text, DOCUMENT_RUN)):
                return "shares 8 words in a row with an evaluation text"
        return None


def load(folder: pathlib.Path) -> Filter:
    """Reads every .json, .jsonl and JSON .txt file below `folder`."""
    result = Filter()
    for path in sorted(folder.rglob("*")):
        if path.suffix not in (".json", ".jsonl", ".txt") or "LICENSE" in path.name:
            continue
        values = read(path)
        for text in strings(values):
            result.add_text(text)
        for query in queries_of(path, values):
            result.add_query(query)
    if not result.document_runs or not result.queries:
        sys.exit(f"No evaluation texts or no queries found in {folder}; nothing would be filtered.")
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, type=pathlib.Path, help="folder of the evaluation sets")
    parser.add_argument("pairs", type=pathlib.Path)
    parser.add_argument("clean", type=pathlib.Path)
    arguments = parser.parse_args()
    forbidden = load(arguments.data)
    dropped: collections.Counter[tuple[str, str]] = collections.Counter()
    kept: collections.Counter[str] = collections.Counter()
    with arguments.pairs.open() as source, arguments.clean.open("w") as target:
        for line in source:
            pair = json.loads(line)
            reason = forbidden.reason(pair["query"], pair["passage"])
            if reason is None:
                kept[pair["kind"]] += 1
                target.write(line)
            else:
                dropped[reason, pair["kind"]] += 1
    print(f"evaluation: {forbidden.texts} texts, {len(forbidden.queries)} different queries")
    for (reason, kind), count in sorted(dropped.items()):
        print(f"dropped {count} {kind}: {reason}")
    print(f"dropped {dropped.total()} of {dropped.total() + kept.total()} pairs")
    print("kept " + ", ".join(f"{count} {kind}" for kind, count in sorted(kept.items())))


if __name__ == "__main__":
    main()
