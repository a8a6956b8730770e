"""Texts to rows of token ids, as the static model reads them.

Before tokenising, a space goes between a lower-case ASCII letter or digit and an upper-case one, and
between two upper-case ones when a lower-case one follows. Special and unknown tokens are dropped.
"""

import json
import pathlib
import re

import numpy as np
import tokenizers

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[2]
TOKENIZER = ROOT / "models" / "all-minilm-l6-v2" / "tokenizer.json"
BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
DROPPED = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def split_identifiers(text: str) -> str:
    return BOUNDARY.sub(" ", text)


class Tokens:
    def __init__(self) -> None:
        self.tokenizer = tokenizers.Tokenizer.from_file(str(TOKENIZER))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        self.rows = self.tokenizer.get_vocab_size()
        self.dropped = {self.tokenizer.token_to_id(token) for token in DROPPED}

    def encode(self, texts: list[str], most: int | None = None) -> list[np.ndarray]:
        """One array of ids for each text, at most `most` of them."""
        result = []
        for at in range(0, len(texts), 5000):
            batch = [split_identifiers(text) for text in texts[at : at + 5000]]
            for encoding in self.tokenizer.encode_batch(batch, add_special_tokens=False):
                ids = [i for i in encoding.ids if i not in self.dropped]
                result.append(np.array(ids[:most], np.int32))
        return result


def embed(ids: list[np.ndarray], table: np.ndarray) -> np.ndarray:
    """The sum of each text's rows, scaled to length 1; zeros for a text without a known token."""
    vectors = np.zeros((len(ids), table.shape[1]), np.float32)
    for row, one in enumerate(ids):
        vectors[row] = table[one].sum(axis=0)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(lengths, 1e-12)


def read_pairs(path: pathlib.Path) -> list[dict]:
    with path.open() as lines:
        return [json.loads(line) for line in lines]
