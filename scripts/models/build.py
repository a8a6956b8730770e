"""Makes the files of models/all-minilm-l6-v2 from the published weights.

Run: python build.py            writes the model, compares it, prints what it found
     python build.py --check    builds in memory and compares with the committed checksums
"""

import argparse
import json
import pathlib
import sys

import numpy as np
import onnxruntime
import tokenizers

import bert_graph
import reference
import source
from texts import library_texts

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build" / "models"
PACKAGE = ROOT / "models" / "all-minilm-l6-v2"
MAX_TOKENS = 256
COMPARED = 300
COMPARED_WITH_NUMPY = 40


def description() -> bytes:
    fields = {
        "name": "all-minilm-l6-v2",
        "kind": "embedding",
        "dimensions": 384,
        "maxTokens": MAX_TOKENS,
        "positions": 512,
        "pooling": "graph",
        "prefixes": {"query": "", "passage": ""},
        "quantisation": "int8",
        "licence": "Apache-2.0",
        "source": {
            "package": source.PACKAGE,
            "upstream": source.UPSTREAM,
            "revision": source.REVISION,
            "digests": source.DIGESTS,
        },
    }
    return (json.dumps(fields, indent=2) + "\n").encode()


def session(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def vectors(run: onnxruntime.InferenceSession, texts: list[list[int]]) -> np.ndarray:
    rows = []
    for ids in texts:
        one = np.array([ids])
        rows.append(run.run(None, {"input_ids": one, "attention_mask": np.ones_like(one)})[0][0])
    return np.array(rows)


def report(name: str, a: np.ndarray, b: np.ndarray) -> None:
    cosines = (a * b).sum(axis=1)
    print(f"{name}: cosine mean {cosines.mean():.4f}, minimum {cosines.min():.4f} over {len(cosines)} texts")


def compare(fp32: bytes, int8: bytes, weights, config, tokenizer) -> None:
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    # Phase 1: files that the calibration has not seen.
    texts = [tokenizer.encode(text).ids for text in library_texts(COMPARED, phase=1)]
    full, small = session(fp32), session(int8)
    from_full = vectors(full, texts)
    from_numpy = np.array([reference.embed(ids, weights, config) for ids in texts[:COMPARED_WITH_NUMPY]])
    report("fp32 against numpy", from_full[:COMPARED_WITH_NUMPY], from_numpy)
    report("int8 against fp32", vectors(small, texts), from_full)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the committed checksums only")
    check = parser.parse_args().check
    files = source.fetch(BUILD)
    weights = source.tensors(files["model.safetensors"])
    config = bert_graph.config_of(files["config.json"])
    calibration = json.loads((HERE / "calibration.json").read_text())
    int8 = bert_graph.build(weights, config, calibration)
    made = {"model.onnx": int8, "tokenizer.json": files["tokenizer.json"], "model.json": description()}
    sums = {name: {"bytes": len(data), "sha256": source.sha256(data)} for name, data in made.items()}
    for name, entry in sums.items():
        print(f"{name}: {entry['bytes']:,} bytes, SHA-256 {entry['sha256']}")
    if check:
        committed = json.loads((PACKAGE / "checksums.json").read_text())
        if committed != sums:
            sys.exit("differs from models/all-minilm-l6-v2/checksums.json")
        print("the same as the committed files")
        return
    fp32 = bert_graph.build(weights, config)
    (BUILD / "fp32.onnx").write_bytes(fp32)
    for name, data in made.items():
        (PACKAGE / name).write_bytes(data)
    (PACKAGE / "checksums.json").write_text(json.dumps(sums, indent=2) + "\n")
    compare(fp32, int8, weights, config, tokenizers.Tokenizer.from_str(files["tokenizer.json"].decode()))


if __name__ == "__main__":
    main()
