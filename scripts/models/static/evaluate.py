"""Scores of a table on the evaluation sets, alone and summed with a BM25.

Run: python evaluate.py --data DIR TABLE.npy [TABLE.npy ...]

Sets: CoSQA dev (500 questions, 6,267 functions as they are), LoCoMo (3 conversations pooled, turns as
"speaker (date): text", with the caption of an image), Cranfield (odd topics). The hybrid is a sum of z-scores, each over its own best 100,
with .6 for BM25 and .4 for the table.
"""

import argparse
import collections
import json
import math
import pathlib
import re

import numpy as np

from tokens import Tokens, embed, split_identifiers

BEST = 100
VECTOR_WEIGHT = 0.4
STOP = set(
    "a an and are as at be been but by can did do does for from had has have how i if in into is it its me my of "
    "on or our so than that the their them then there these they this to was we were what when where which who "
    "whom why will with would you your".split()
)


def stem(word: str) -> str:
    """Light: plural, -ed, -ing, -ly and a last e go; a doubled last letter that remains is single."""
    if len(word) < 4 or word.endswith("ss"):
        return word
    for ending, put in (("ies", "y"), ("sses", "ss"), ("ied", "y"), ("s", "")):
        if word.endswith(ending):
            word = word[: -len(ending)] + put
            break
    for ending in ("ing", "ed", "ly"):
        if word.endswith(ending) and re.search(r"[aeiouy]", word[: -len(ending)]) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            if word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def terms(text: str) -> list[str]:
    words = re.findall(r"[a-z]+|[0-9]+", split_identifiers(text).lower())
    return [stem(word) for word in words if word not in STOP]


class Bm25:
    """k1 1.2, b 0.75, over all documents at once."""

    def __init__(self, documents: list[str]) -> None:
        self.size = len(documents)
        listed = [terms(document) for document in documents]
        lengths = np.array([len(found) for found in listed], np.float32)
        penalty = 1.2 * (0.25 + 0.75 * lengths / lengths.mean())
        rows = collections.defaultdict(list)
        for row, found in enumerate(listed):
            for term, count in collections.Counter(found).items():
                rows[term].append((row, count))
        self.postings = {}
        for term, found in rows.items():
            at = np.array([row for row, _ in found])
            count = np.array([count for _, count in found], np.float32)
            rarity = math.log(1 + (self.size - len(at) + 0.5) / (len(at) + 0.5))
            self.postings[term] = at, rarity * count * 2.2 / (count + penalty[at])

    def scores(self, query: str) -> np.ndarray:
        result = np.zeros(self.size, np.float32)
        for term in set(terms(query)):
            if term in self.postings:
                at, score = self.postings[term]
                result[at] += score
        return result


def z_scores(scores: np.ndarray) -> np.ndarray:
    best = np.sort(scores)[-BEST:]
    return (scores - best.mean()) / max(best.std(), 1e-9)


def summed(words: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """The sum over what is in either half's best 100; the rest is out."""
    result = (1 - VECTOR_WEIGHT) * z_scores(words) + VECTOR_WEIGHT * z_scores(vectors)
    candidates = np.union1d(np.argsort(-words)[:BEST], np.argsort(-vectors)[:BEST])
    out = np.full(len(words), -np.inf)
    out[candidates] = result[candidates]
    return out


def measures(scores: np.ndarray, gold: dict[int, float]) -> tuple[float, float, float]:
    """Reciprocal rank of the first found, share found in the best 10, nDCG@10."""
    order = np.argsort(-scores, kind="stable")
    ranks = np.empty(len(order), int)
    ranks[order] = np.arange(1, len(order) + 1)
    found = {row: ranks[row] for row in gold}
    gained = sum(gold[row] / math.log2(rank + 1) for row, rank in found.items() if rank <= 10)
    best = sum(gain / math.log2(i + 2) for i, gain in enumerate(sorted(gold.values(), reverse=True)[:10]))
    return 1 / min(found.values()), sum(rank <= 10 for rank in found.values()) / len(gold), gained / best


def rows_of(path: pathlib.Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def cosqa(data: pathlib.Path):
    by_code = json.loads((data / "cosqa" / "code_idx_map.txt").read_text())
    place = {index: row for row, index in enumerate(by_code.values())}
    questions = json.loads((data / "cosqa" / "cosqa-retrieval-dev-500.json").read_text())
    return list(by_code), [(row["doc"], {place[row["retrieval_idx"]]: 1.0}) for row in questions]


def turn_text(turn: dict) -> str:
    caption = turn.get("image_caption") or ""
    return f"{turn['speaker']} ({turn['date']}): {turn['text']} {caption}".strip()


def locomo(data: pathlib.Path):
    turns = rows_of(data / "locomo" / "dev-turns.jsonl")
    place = {(turn["conv"], turn["dia_id"]): row for row, turn in enumerate(turns)}
    queries = []
    for row in rows_of(data / "locomo" / "dev-questions.jsonl"):
        gold = {place[row["conv"], turn]: 1.0 for turn in row["gold_turns"] if (row["conv"], turn) in place}
        if gold:
            queries.append((row["question"], gold))
    return [turn_text(turn) for turn in turns], queries


def cranfield(data: pathlib.Path):
    documents = rows_of(data / "cranfield" / "corpus.jsonl")
    place = {row["_id"]: at for at, row in enumerate(documents)}
    gold: dict[str, dict[int, float]] = collections.defaultdict(dict)
    for line in (data / "cranfield" / "qrels.tsv").read_text().splitlines()[1:]:
        query, document, score = line.split("\t")
        if float(score) > 0:
            gold[query][place[document]] = float(score)
    queries = [(row["text"], gold[row["_id"]]) for row in rows_of(data / "cranfield" / "queries.jsonl")]
    return [row["text"] for row in documents], [entry for entry in queries if entry[1]]


SETS = {"CoSQA dev": cosqa, "LoCoMo pooled": locomo, "Cranfield odd": cranfield}


def evaluate(data: pathlib.Path, tables: dict[str, np.ndarray]) -> dict[str, dict[str, list[float]]]:
    """For each set and way (BM25, each table, each table with BM25): MRR, R@10, nDCG@10."""
    tokens = Tokens()
    result: dict[str, dict[str, list[float]]] = {}
    for name, load in SETS.items():
        documents, queries = load(data)
        if not queries:
            raise SystemExit(f"{name} has no queries in {data}.")
        words = Bm25(documents)
        from_words = [words.scores(query) for query, _ in queries]
        document_ids, query_ids = tokens.encode(documents), tokens.encode([query for query, _ in queries])
        ways = {"BM25": from_words}
        for label, table in tables.items():
            scores = embed(query_ids, table) @ embed(document_ids, table).T
            ways[label] = list(scores)
            ways[f"BM25 + {label}"] = [summed(a, b) for a, b in zip(from_words, scores)]
        result[name] = {
            way: np.mean([measures(s, gold) for s, (_, gold) in zip(scores, queries)], axis=0).round(3).tolist()
            for way, scores in ways.items()
        }
    return result


def report(figures: dict[str, dict[str, list[float]]]) -> str:
    lines = ["| MRR / R@10 / nDCG@10 | " + " | ".join(figures) + " |", "|---" * (len(figures) + 1) + "|"]
    for way in next(iter(figures.values())):
        cells = [" / ".join(f"{value:.3f}".lstrip("0") for value in figures[name][way]) for name in figures]
        lines.append(f"| {way} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, type=pathlib.Path, help="folder of the evaluation sets")
    parser.add_argument("tables", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    tables = {path.stem: np.load(path) for path in arguments.tables}
    print(report(evaluate(arguments.data, tables)))


if __name__ == "__main__":
    main()
