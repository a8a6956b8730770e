"""Fits the table: one row of 256 numbers for each token, so that the sum of a text's rows says what it is about.

Start: each token alone through MiniLM, centred, rotated to the principal directions of the teacher's
vectors, weighted a / (a + p) with p the token's share of the corpus. Then Adam on the rows that a batch
touches, with two losses: in-batch contrastive over (query, passage) pairs, both directions, and the
cosine to the teacher's centred, rotated vectors.

Run: python train.py WORK [--seeds 0 1]   (writes WORK/table-start.npy and table-SEED.npy)
"""

import argparse
import json
import pathlib
import time

import numpy as np
import onnxruntime

from tokens import ROOT, Tokens, read_pairs

DIMENSIONS = 256
WEIGHT_A = 1e-3
PASSAGE_CHARACTERS = 700
FREQUENT = 1000  # tokens of a batch that are summed by a dense product
BATCH = 1024
TEACHER_BATCH = 512  # pairs, so 1,024 texts
TEMPERATURE = 0.05
TEACHER_WEIGHT = 2.0
ONE_KIND = 0.7  # share of the batches with one kind of pair
EPOCHS = 3
RATE = 1.5e-3
LARGEST_KIND = 70_000  # pairs of one kind in an epoch
MOST_OF_KIND = 100_000  # pairs of one kind that are used at all


def token_vectors(rows: int) -> np.ndarray:
    """Each token alone, between [CLS] and [SEP], through the packaged MiniLM."""
    session = onnxruntime.InferenceSession(
        ROOT / "models" / "all-minilm-l6-v2" / "model.onnx", providers=["CPUExecutionProvider"]
    )
    result = []
    for at in range(0, rows, 256):
        ids = np.array([[101, token, 102] for token in range(at, min(at + 256, rows))])
        result.append(session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0])
    return np.concatenate(result)


def unit(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return vectors / lengths, lengths


def through_unit(gradient: np.ndarray, unit_vectors: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The gradient before scaling to length 1."""
    along = (gradient * unit_vectors).sum(axis=1, keepdims=True)
    return (gradient - unit_vectors * along) / lengths


class Texts:
    """Texts as (token, count) entries in flat arrays."""

    def __init__(self, ids: list[np.ndarray]) -> None:
        entries = [np.unique(one, return_counts=True) for one in ids]
        self.lengths = np.array([len(tokens) for tokens, _ in entries])
        self.starts = np.cumsum(self.lengths) - self.lengths
        self.tokens = np.concatenate([tokens for tokens, _ in entries])
        self.counts = np.concatenate([counts for _, counts in entries]).astype(np.float32)

    def save(self, path: pathlib.Path) -> None:
        np.savez(path, lengths=self.lengths, starts=self.starts, tokens=self.tokens, counts=self.counts)

    @classmethod
    def saved(cls, path: pathlib.Path) -> "Texts":
        result = cls.__new__(cls)
        result.__dict__.update(np.load(path))
        return result

    def take(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(place of the text in `rows`, token, count) of every entry of these texts, in their order."""
        lengths = self.lengths[rows]
        ends = np.cumsum(lengths)
        at = np.arange(ends[-1]) + np.repeat(self.starts[rows] - (ends - lengths), lengths)
        return np.repeat(np.arange(len(rows)), lengths), self.tokens[at], self.counts[at]


def runs(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each run of equal values starts, and its value."""
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    return starts, values[starts]


class Sums:
    """The sums of a batch's token rows, and the way back.

    The most frequent tokens go through a dense product, the others through sorted partial sums: either
    alone is several times slower.
    """

    def __init__(self, parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]], sizes: list[int], rows: int) -> None:
        before = np.cumsum([0, *sizes])
        text = np.concatenate([part[0] + before[i] for i, part in enumerate(parts)])
        token, count = (np.concatenate([part[column] for part in parts]) for column in (1, 2))
        self.size = before[-1]
        seen = np.bincount(token, minlength=rows)
        self.frequent = np.argpartition(-seen, FREQUENT)[:FREQUENT]
        self.frequent = self.frequent[seen[self.frequent] > 0]
        place = np.full(rows, -1)
        place[self.frequent] = np.arange(len(self.frequent))
        column = place[token]
        dense = column >= 0
        self.matrix = np.zeros((self.size, len(self.frequent)), np.float32)
        self.matrix[text[dense], column[dense]] = count[dense]
        self.text, self.token, self.count = text[~dense], token[~dense], count[~dense][:, None]

    def forward(self, table: np.ndarray) -> np.ndarray:
        result = self.matrix @ table[self.frequent]
        if len(self.text):
            starts, texts = runs(self.text)
            result[texts] += np.add.reduceat(table[self.token] * self.count, starts)
        return result

    def backward(self, gradient: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """(token rows, their gradients), in disjoint parts."""
        result = [(self.frequent, self.matrix.T @ gradient)]
        if len(self.text):
            order = np.argsort(self.token, kind="stable")
            starts, tokens = runs(self.token[order])
            result.append((tokens, np.add.reduceat(gradient[self.text[order]] * self.count[order], starts)))
        return result


def contrastive(queries: np.ndarray, passages: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Mean of the two cross entropies, and the gradients of both sides' unit vectors."""
    scores = queries @ passages.T / TEMPERATURE
    size = len(scores)
    gradient = np.zeros_like(scores)
    loss = 0.0
    for axis in (0, 1):
        shares = np.exp(scores - scores.max(axis=axis, keepdims=True))
        shares /= shares.sum(axis=axis, keepdims=True)
        loss -= np.log(np.maximum(np.diag(shares), 1e-12)).mean() / 2
        gradient += shares / (2 * size)
    gradient[np.arange(size), np.arange(size)] -= 1 / size
    gradient /= TEMPERATURE
    return loss, gradient @ passages, gradient.T @ queries


class Adam:
    """Adam with moments kept for each row and moved only when the row is in the batch."""

    def __init__(self, table: np.ndarray) -> None:
        self.table = table
        self.first = np.zeros_like(table)
        self.second = np.zeros_like(table)
        self.steps = np.zeros(len(table), np.int32)

    def step(self, rows: np.ndarray, gradient: np.ndarray, rate: float) -> None:
        self.steps[rows] += 1
        self.first[rows] = 0.9 * self.first[rows] + 0.1 * gradient
        self.second[rows] = 0.999 * self.second[rows] + 0.001 * gradient**2
        age = self.steps[rows][:, None].astype(np.float32)
        mean = self.first[rows] / (1 - 0.9**age)
        spread = np.sqrt(self.second[rows] / (1 - 0.999**age))
        self.table[rows] -= rate * mean / (spread + 1e-8)


def batches(kinds: np.ndarray, random: np.random.Generator) -> list[np.ndarray]:
    """One epoch: shuffled batches of which most hold one kind of pair only."""
    mixed, result = [], []
    for kind in np.unique(kinds):
        at = random.permutation(np.flatnonzero(kinds == kind))[:LARGEST_KIND]
        alone = int(len(at) * ONE_KIND) // BATCH * BATCH
        result += [at[i : i + BATCH] for i in range(0, alone, BATCH)]
        mixed.append(at[alone:])
    rest = random.permutation(np.concatenate(mixed))
    result += [rest[i : i + BATCH] for i in range(0, len(rest), BATCH)]
    return [result[i] for i in random.permutation(len(result))]


def of_kinds(pairs: list[dict]) -> np.ndarray:
    """The places of at most MOST_OF_KIND pairs of each kind."""
    random = np.random.default_rng(0)
    kinds = np.array([pair["kind"] for pair in pairs])
    chosen = [random.permutation(np.flatnonzero(kinds == kind))[:MOST_OF_KIND] for kind in np.unique(kinds)]
    return np.sort(np.concatenate(chosen))


class Corpus:
    """Everything that a run reads, and its start; the same for every seed."""

    def __init__(self, work: pathlib.Path) -> None:
        tokens = Tokens()
        pairs = read_pairs(work / "clean.jsonl")
        taught = np.array(json.loads((work / "teacher.json").read_text()))
        chosen = np.union1d(of_kinds(pairs), taught)
        place = np.full(len(pairs), -1)
        place[chosen] = np.arange(len(chosen))
        pairs = [pairs[i] for i in chosen]
        if not (work / "passages.npz").exists():
            Texts(tokens.encode([pair["query"] for pair in pairs])).save(work / "queries.npz")
            Texts(tokens.encode([pair["passage"][:PASSAGE_CHARACTERS] for pair in pairs])).save(work / "passages.npz")
        self.queries, self.passages = Texts.saved(work / "queries.npz"), Texts.saved(work / "passages.npz")
        if len(self.queries.lengths) != len(pairs):
            raise SystemExit("queries.npz and passages.npz are of another corpus: remove them.")
        # A pair with an empty side says nothing.
        usable = (self.queries.lengths > 0) & (self.passages.lengths > 0)
        self.usable = np.flatnonzero(usable)
        self.kinds = np.array([pair["kind"] for pair in pairs])[self.usable]
        self.rows = tokens.rows

        vectors = np.fromfile(work / "teacher.f32", "<f4")
        vectors = vectors[: len(vectors) // 768 * 768].reshape(-1, 384)
        vectors = vectors - vectors.mean(axis=0)
        directions = np.linalg.eigh(vectors.T @ vectors)[1][:, ::-1][:, :DIMENSIONS]
        self.taught = place[taught[: len(vectors) // 2]]
        self.targets = unit(vectors @ directions)[0].reshape(-1, 2, DIMENSIONS)[usable[self.taught]]
        self.taught = self.taught[usable[self.taught]]

        seen = np.zeros(tokens.rows)
        for texts in (self.queries, self.passages):
            seen += np.bincount(texts.tokens, texts.counts, minlength=tokens.rows)
        self.tokens_seen = int(seen.sum())
        alone = token_vectors(tokens.rows)
        weight = WEIGHT_A / (WEIGHT_A + seen / seen.sum())
        self.start = ((alone - alone.mean(axis=0)) @ directions * weight[:, None]).astype(np.float32)
        self.start[list(tokens.dropped)] = 0


def train(corpus: Corpus, seed: int, epochs: int = EPOCHS, rate: float = RATE) -> np.ndarray:
    random = np.random.default_rng(seed)
    table = corpus.start.copy()
    adam = Adam(table)
    plan = [batch for _ in range(epochs) for batch in batches(corpus.kinds, random)]
    shown, started = [], time.monotonic()
    for step, batch in enumerate(plan):
        chosen = corpus.usable[batch]
        taught = random.integers(0, len(corpus.taught), TEACHER_BATCH)
        picked = [chosen, chosen, corpus.taught[taught], corpus.taught[taught]]
        texts = [corpus.queries, corpus.passages, corpus.queries, corpus.passages]
        parts = [text.take(rows) for text, rows in zip(texts, picked)]
        sums = Sums(parts, [len(rows) for rows in picked], corpus.rows)
        vectors, lengths = unit(sums.forward(table))
        gradient = np.zeros_like(vectors)
        size = len(chosen)
        loss, gradient[:size], gradient[size : 2 * size] = contrastive(vectors[:size], vectors[size : 2 * size])
        targets = np.concatenate([corpus.targets[taught, 0], corpus.targets[taught, 1]])
        cosine = (vectors[2 * size :] * targets).sum(axis=1).mean()
        gradient[2 * size :] = -TEACHER_WEIGHT * targets / len(targets)
        gradient = through_unit(gradient, vectors, lengths)
        for rows, change in sums.backward(gradient):
            adam.step(rows, change, rate * (1 - step / len(plan)))
        shown.append((loss, cosine))
        if step % 100 == 99 or step + 1 == len(plan):
            loss, cosine = np.mean(shown[-100:], axis=0)
            seconds = time.monotonic() - started
            print(
                f"step {step + 1} of {len(plan)}: contrastive {loss:.3f}, cosine {cosine:.3f}, {seconds:.0f} s",
                flush=True,
            )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    arguments = parser.parse_args()
    corpus = Corpus(arguments.work)
    used = (
        f"{len(corpus.usable)} pairs with {corpus.tokens_seen} tokens are used (at most {MOST_OF_KIND} of a kind, and "
        f"those that were taught), {len(corpus.taught)} of them with the teacher's vectors"
    )
    print(used, flush=True)
    (arguments.work / "used.txt").write_text(used + "\n")
    np.save(arguments.work / "table-start.npy", corpus.start)
    for seed in arguments.seeds:
        np.save(arguments.work / f"table-{seed}.npy", train(corpus, seed))


if __name__ == "__main__":
    main()
