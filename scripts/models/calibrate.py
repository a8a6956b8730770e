"""Ranges of the activations that the int8 graph quantises, measured once and committed.

Fixed ranges make a text's vector independent of the texts it is batched with; ranges taken anew
from each batch do not. The values are smoothed first: each channel is divided by a factor, and the
weights that read it are multiplied by it, so that a few channels with large values do not use up
the range (Xiao et al., "SmoothQuant", 2022; the strength of 0.7 was chosen here on cosine to fp32
over the calibration texts, of 0.5 and 0.7).

Run: python calibrate.py   (writes calibration.json; only needed when the method changes)
"""

import json
import pathlib

import numpy as np
import onnxruntime
import tokenizers

import bert_graph
import source
from texts import library_texts

HERE = pathlib.Path(__file__).parent
BUILD = HERE.parents[1] / "build" / "models"
STRENGTH = 0.7
TEXTS = 400
MAX_TOKENS = 256
DIGITS = 4


def reading_weights(weights: dict[str, np.ndarray], layers: int) -> dict[str, np.ndarray]:
    """For each quantised activation the largest weight that reads each of its channels."""
    result = {}
    for index in range(layers):
        layer = f"encoder.layer.{index}"
        before = "embeddings.LayerNorm" if index == 0 else f"encoder.layer.{index - 1}.output.LayerNorm"
        readers = {
            f"{before}.out": [f"{layer}.attention.self.{part}" for part in ("query", "key", "value")],
            f"{layer}.attention.self.out": [f"{layer}.attention.output.dense"],
            f"{layer}.attention.output.LayerNorm.out": [f"{layer}.intermediate.dense"],
            f"{layer}.gelu.out": [f"{layer}.output.dense"],
        }
        for activation, names in readers.items():
            joined = np.concatenate([weights[f"{name}.weight"] for name in names])
            result[activation] = np.abs(joined).max(axis=0)
    return result


def observe(weights: dict[str, np.ndarray], config: bert_graph.Config, tokenizer) -> dict[str, dict]:
    """Each channel's largest size, and each text's least and greatest value of each channel."""
    session = onnxruntime.InferenceSession(
        bert_graph.build(weights, config, observed=True), providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()][1:]
    seen = {name: {"low": [], "high": []} for name in names}
    for text in library_texts(TEXTS, phase=0):
        ids = np.array([tokenizer.encode(text).ids])
        values = session.run(names, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        for name, value in zip(names, values):
            seen[name]["low"].append(value[0].min(axis=0))
            seen[name]["high"].append(value[0].max(axis=0))
    return {
        name.removesuffix(".seen"): {key: np.array(rows) for key, rows in entry.items()}
        for name, entry in seen.items()
    }


def main() -> None:
    files = source.fetch(BUILD)
    weights = source.tensors(files["model.safetensors"])
    config = bert_graph.config_of(files["config.json"])
    tokenizer = tokenizers.Tokenizer.from_str(files["tokenizer.json"].decode())
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    readers = reading_weights(weights, config.layers)
    result = {}
    for name, entry in observe(weights, config, tokenizer).items():
        largest = np.maximum(np.abs(entry["low"]).max(axis=0), np.abs(entry["high"]).max(axis=0))
        factor = np.maximum(largest, 1e-3) ** STRENGTH / np.maximum(readers[name], 1e-4) ** (1 - STRENGTH)
        factor = factor / np.exp(np.log(factor).mean())
        # The whole range of what was seen: values outside are clipped.
        low = (entry["low"] / factor).min()
        high = (entry["high"] / factor).max()
        result[name] = {
            "low": float(f"{low:.{DIGITS}g}"),
            "high": float(f"{high:.{DIGITS}g}"),
            "factor": [float(f"{value:.{DIGITS}g}") for value in factor],
        }
        print(f"{name}: {low:.2f} to {high:.2f}")
    path = HERE / "calibration.json"
    path.write_text(json.dumps(result, separators=(",", ":")).replace('},"', '},\n"') + "\n")


if __name__ == "__main__":
    main()
