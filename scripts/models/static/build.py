"""Writes models/static-code-256 from a fitted table: int8 rows, checksums, reference vectors, model card.

Run: python build.py WORK --seed 0 --data DIR   (DIR: the evaluation sets, for the card's figures)
"""

import argparse
import hashlib
import json
import pathlib
import shutil
import struct

import numpy as np

import evaluate
from reference_texts import TEXTS
from tokens import ROOT, TOKENIZER, Tokens, embed

HERE = pathlib.Path(__file__).parent
NAME = "static-code-256"
PACKAGE = ROOT / "models" / NAME
MAGIC, VERSION, HEADER_BYTES = b"HPSTATIC", 1, 64
LIMIT = 127
SHOWN = 8  # components of a reference vector


def quantize(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    largest = np.abs(table).max(axis=1)
    scales = np.where(largest > 0, largest / LIMIT, 1).astype(np.float32)
    return np.rint(table / scales[:, None]).astype(np.int8), scales


def pack(values: np.ndarray, scales: np.ndarray) -> bytes:
    """Little endian: header of 64 bytes, the rows as int8, one float32 scale for each row."""
    rows, dimensions = values.shape
    assert rows * dimensions % 4 == 0, "the scales would not be aligned"
    header = struct.pack("<8sIIII", MAGIC, VERSION, rows, dimensions, 0)
    return header.ljust(HEADER_BYTES, b"\0") + values.tobytes() + scales.astype("<f4").tobytes()


def unpack(data: bytes) -> np.ndarray:
    magic, version, rows, dimensions, flags = struct.unpack_from("<8sIIII", data)
    assert (magic, version, flags) == (MAGIC, VERSION, 0)
    values = np.frombuffer(data, np.int8, rows * dimensions, HEADER_BYTES).reshape(rows, dimensions)
    scales = np.frombuffer(data, "<f4", rows, HEADER_BYTES + rows * dimensions)
    return values * scales[:, None]


def reference(table: np.ndarray) -> bytes:
    ids = Tokens().encode(TEXTS)
    vectors = embed(ids, table.astype(np.float64))
    rows = [
        {"text": text, "ids": one.tolist(), "vector": [round(float(x), 6) for x in vector[:SHOWN]]}
        for text, one, vector in zip(TEXTS, ids, vectors)
    ]
    return ("[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]\n").encode()


def source_table(rows: list[dict]) -> str:
    lines = ["| from | name | version | licence | licence file and its SHA-256 |", "|---|---|---|---|---|"]
    registries = {"pip": "PyPI", "npm": "npm", "deb": "Debian", "python": "Python"}
    for row in rows:
        if not row["refused"]:
            files = zip(row["licence_file"].split(", "), row["licence_sha256"].split(", "))
            named = ", ".join(f"`{name}` {digest}" for name, digest in files)
            lines.append(f"| {registries[row['kind']]} | {row['name']} | {row['version']} | {row['licence']} | {named} |")
    return "\n".join(lines)


def left_out(rows: list[dict]) -> str:
    return "\n".join(f"- {row['name']} {row['version']}: {row['refused']}" for row in rows if row["refused"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=0, help="of the table that is packaged")
    parser.add_argument("--data", required=True, type=pathlib.Path, help="folder of the evaluation sets")
    arguments = parser.parse_args()
    work = arguments.work
    fitted = {path.stem.removeprefix("table-"): np.load(path) for path in sorted(work.glob("table-*.npy"))}
    data = pack(*quantize(fitted[str(arguments.seed)]))
    table = unpack(data)
    compared = {f"seed {seed}" if seed.isdigit() else "the start, not fitted": fitted[seed] for seed in fitted}
    compared[f"seed {arguments.seed} as int8 (this package)"] = table
    figures = evaluate.report(evaluate.evaluate(arguments.data, compared))
    print(figures)

    PACKAGE.mkdir(parents=True, exist_ok=True)
    fields = {"name": NAME, "kind": "static", "dimensions": table.shape[1], "maxTokens": 1000000, "pooling": "mean"}
    made = {
        "table.bin": data,
        "tokenizer.json": TOKENIZER.read_bytes(),
        "model.json": (json.dumps(fields, indent=2) + "\n").encode(),
    }
    sums = {name: {"bytes": len(one), "sha256": hashlib.sha256(one).hexdigest()} for name, one in made.items()}
    made["checksums.json"] = (json.dumps(sums, indent=2) + "\n").encode()
    made["reference.json"] = reference(table)
    sources = json.loads((work / "sources.json").read_text())
    card = (HERE / "card.md").read_text()
    for name, text in {
        "figures": figures,
        "decontamination": (work / "decontamination.txt").read_text().strip(),
        "corpus": (work / "pairs.txt").read_text().strip() + "; " + (work / "used.txt").read_text().strip(),
        "sources": source_table(sources),
        "left out": left_out(sources),
    }.items():
        card = card.replace(f"{{{{{name}}}}}", text)
    made["README.md"] = card.encode()
    for name, one in made.items():
        (PACKAGE / name).write_bytes(one)
    shutil.copy(TOKENIZER.parent / "LICENSE", PACKAGE / "LICENSE")
    print(json.dumps(sums, indent=1))


if __name__ == "__main__":
    main()
