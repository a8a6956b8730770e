"""Real texts to calibrate and compare with: pieces of the standard library of the running Python."""

import pathlib
import sysconfig

LENGTHS = (40, 200, 700, 1500)  # characters; a short line to a full input of 256 tokens
STRIDE = 3000


def library_texts(count: int, phase: int) -> list[str]:
    """`count` texts of mixed length; two phases (0 and 1) share no file."""
    folder = pathlib.Path(sysconfig.get_path("stdlib"))
    texts = []
    for index, path in enumerate(sorted(folder.glob("*.py"))):
        if index % 2 != phase:
            continue
        source = path.read_text(encoding="utf-8", errors="replace")
        for start in range(0, min(len(source), 10 * STRIDE), STRIDE):
            texts.append(source[start : start + LENGTHS[len(texts) % len(LENGTHS)]])
    return texts[:count]
