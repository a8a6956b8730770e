"""The texts that ranges are measured on (phase 0) and results compared on (phase 1), of many kinds.

Of our own: the paragraphs of texts/*.txt, and records made here. Of others, read where pip has put them
and never copied: code and documentation of packages that requirements.txt pins, each under the
licence beside its name. Nothing comes from an evaluation set. The two phases share no paragraph and no file.
"""

import ast
import functools
import hashlib
import json
import pathlib
import random
import site
import sys

HERE = pathlib.Path(__file__).parent
PACKAGES = {
    "anyio": "MIT",
    "click": "BSD-3-Clause",
    "filelock": "MIT",
    "fsspec": "BSD-3-Clause",
    "h11": "MIT",
    "httpx2": "BSD-3-Clause",
    "huggingface_hub": "Apache-2.0",
    "numpy": "BSD-3-Clause",
    "onnx": "Apache-2.0",
    "packaging": "Apache-2.0 OR BSD-2-Clause",
    "yaml": "MIT",
}
OWN = ("commits", "documentation", "facts", "languages", "odds", "prose", "talk")
FUNCTIONS, PIECES, PAGES, RECORDS = 100, 32, 30, 10
LENGTHS = (40, 200, 700, 1500)  # characters of a piece
JOINED = 6  # paragraphs of one kind that make a long text
MOST_CHARACTERS = 2000  # more than 256 tokens of most texts
# SHA-256 of the texts of each phase: other texts would make other weights.
DIGESTS = (
    "68e8a3b013dce36de6bd43ad2dedbf89dcc09d5674a061a4b8e0422da410718e",
    "985adc80f50491587b1c6c5b8e73deceeb163b6db9f39f8f73fd2405b490e1b1",
)


def texts_of(phase: int) -> list[tuple[str, str]]:
    """(kind, text); stops when they are not those that the committed weights were made with."""
    texts = [(kind, text[:MOST_CHARACTERS]) for kind, text in gathered(phase)]
    digest = hashlib.sha256(json.dumps(texts).encode()).hexdigest()
    if digest != DIGESTS[phase]:
        sys.exit(
            f"The texts of phase {phase} have SHA-256 {digest}, expected {DIGESTS[phase]}.\n"
            "Install the packages of requirements.txt on Linux with Python 3.11."
        )
    return texts


def gathered(phase: int):
    for kind in OWN:
        own = paragraphs(kind)[phase::2]
        yield from ((kind, text) for text in own)
        for begin in range(0, len(own), JOINED):
            yield kind, "\n".join(own[begin : begin + JOINED])
    functions, pages = of_python(phase)
    yield from (("function", text) for text in spread(functions, FUNCTIONS))
    yield from (("page", text) for text in spread(pages, PAGES))
    yield from (("piece", text) for text in spread(pieces(phase), PIECES))
    yield from (("record", text) for text in records(phase))


def paragraphs(kind: str) -> list[str]:
    return (HERE / "texts" / f"{kind}.txt").read_text(encoding="utf-8").strip().split("\n\n")


def spread(items: list[str], count: int) -> list[str]:
    """`count` of them, evenly over the whole list."""
    return [items[i * len(items) // count] for i in range(min(count, len(items)))]


@functools.cache
def package_files(ending: str, phase: int) -> list[pathlib.Path]:
    folder = pathlib.Path(site.getsitepackages()[0])
    paths = sorted(path for name in PACKAGES for path in (folder / name).rglob(f"*{ending}") if path.stat().st_size > 2000)
    return [path for index, path in enumerate(paths) if index % 2 == phase]


def of_python(phase: int) -> tuple[list[str], list[str]]:
    """Functions as they stand, and what documentation of some length they carry."""
    functions, pages = [], []
    for path in package_files(".py", phase):
        source = path.read_text(encoding="utf-8", errors="replace")
        lines = source.splitlines(keepends=True)
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            text = "".join(lines[node.lineno - 1 : node.end_lineno]).strip()
            told = ast.get_docstring(node) or ""
            if 60 < len(text) < 3 * MOST_CHARACTERS:
                functions.append(text)
            if len(told) > 300:
                pages.append(told)
    return functions, pages


def pieces(phase: int) -> list[str]:
    """Cut out of C and C++ anywhere, from a short line to a full input."""
    result = []
    for path in package_files(".h", phase) + package_files(".cc", phase):
        source = path.read_text(encoding="utf-8", errors="replace")
        for begin in range(1500, min(len(source), 12_000), 3000):
            result.append(source[begin : begin + LENGTHS[len(result) % len(LENGTHS)]])
    return result


def records(phase: int) -> list[str]:
    """Logs and JSON with numbers drawn from a fixed seed."""
    draw = random.Random(phase).random  # the one method whose numbers Python keeps for ever

    def pick(*values):
        return values[int(draw() * len(values))]

    def number(most: int) -> int:
        return int(draw() * most)

    def line() -> str:
        level = pick("INFO", "WARN", "ERROR", "DEBUG")
        what = pick("request done", "cache miss", "connection reset by peer", "retrying", "job queued", "slow query")
        at = f"2024-{1 + number(12):02}-{1 + number(28):02}T{number(24):02}:{number(60):02}:{number(60):02}.{number(1000):03}Z"
        return f"{at} {level} [{pick('http', 'db', 'worker', 'auth')}-{number(16)}] {what} id={number(1 << 32):08x} ms={number(5000)}"

    def entry() -> dict:
        return {
            "id": number(10**6), "name": pick("kettle", "lamp", "chair", "desk"), "price": round(draw() * 200, 2),
            "tags": [pick("new", "sale", "red", "oak") for _ in range(number(3))], "active": pick(True, False, None),
            "owner": {"mail": f"user{number(999)}@example.org", "since": f"{2000 + number(24)}-0{1 + number(9)}"},
        }

    result = []
    for index in range(RECORDS):
        size = 1 + number(8)
        result.append("\n".join(line() for _ in range(size)))
        result.append(json.dumps([entry() for _ in range(1 + size // 2)], indent=(None, 2)[index % 2]))
    return result
