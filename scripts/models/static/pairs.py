"""(query, passage) pairs from the sources whose licence is permissive, as JSON lines.

Run: python pairs.py WORK   (reads what sources.py fetched, writes WORK/pairs.jsonl)
"""

import ast
import collections
import functools
import hashlib
import html.parser
import json
import multiprocessing
import pathlib
import random
import re
import sys
import textwrap
import warnings
from collections.abc import Iterator

import sources

Pair = tuple[str, str, str]  # kind, query, passage
PASSAGE_CHARACTERS = 1200
QUERY_CHARACTERS = 300
# No source may fill a kind alone.
LARGEST_SHARE = {"python": 6000, "rest": 3000, "doc": 12000, "script": 4000, "go": 12000, "readme": 300}


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def first_sentence(text: str) -> tuple[str, str]:
    """The first sentence and what follows it."""
    text = text.strip()
    end = re.search(r"\.(?=\s+[A-Z`:\n])|\n\s*\n", text)
    if not end:
        return flat(text), ""
    return flat(text[: end.end()]), text[end.end() :].strip()


def python_pairs(name: str, text: str) -> Iterator[Pair]:
    if not name.endswith(".py") or '"""' not in text:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    lines = text.split("\n")
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        docstring = ast.get_docstring(node)
        if not docstring:
            continue
        query, rest = first_sentence(docstring)
        own = node.body[0]
        code = lines[node.lineno - 1 : own.lineno - 1] + lines[own.end_lineno : node.end_lineno]
        if len(node.body) > 1 and len(code) > 2:
            yield "python", query, textwrap.dedent("\n".join(code[:60]))
        if len(rest) > 60:
            yield "rest", query, rest


COMMENT = re.compile(r"/\*\*(?P<text>(?:[^*]|\*(?!/)){20,3000})\*/[ \t]*\n(?P<code>[^\n]*\S[^\n]*(?:\n[^\n]*){0,25})")


def script_pairs(name: str, text: str) -> Iterator[Pair]:
    """JavaScript and TypeScript: the comment before a declaration, and the declaration."""
    if not re.search(r"\.(js|mjs|cjs|ts|mts)$", name) or len(text) > 3_000_000:
        return
    for found in COMMENT.finditer(text):
        comment = re.sub(r"(?m)^[ \t]*\*? ?", "", found["text"])
        description = re.split(r"(?m)^@\w+", comment)[0]
        if not description.strip():
            labelled = re.search(r"@(?:description|desc)\s+([^@]+)", comment)
            description = labelled[1] if labelled else ""
        query, rest = first_sentence(re.sub(r"\{@\w+\s+([^}]*)\}", r"\1", description))
        code = re.split(r"\n\s*/\*\*|\n\s*\n", found["code"])[0]
        if len(code) > 25 and not re.match(r"\s*(import|export \*|/[/*])", code):
            yield "script", query, textwrap.dedent(code)
        if len(rest) > 60:
            yield "rest", query, rest


GO_FUNCTION = re.compile(r"((?:^//[^\n]*\n)+)^((?:func|type) [^\n]*\n(?:(?!\n|//)[^\n]*\n){0,25})", re.M)


def go_pairs(name: str, text: str) -> Iterator[Pair]:
    if not name.endswith(".go") or name.endswith("_test.go"):
        return
    for found in GO_FUNCTION.finditer(text):
        query, rest = first_sentence(re.sub(r"(?m)^// ?", "", found[1]))
        yield "go", query, found[2]
        if len(rest) > 60:
            yield "rest", query, rest


class Page(html.parser.HTMLParser):
    """A page as a list of ("h", text) and ("p", text)."""

    SKIPPED = {"script", "style", "nav", "head", "footer"}
    BLOCKS = {"p": "p", "dd": "p", "li": "p", **{f"h{n}": "h" for n in range(1, 7)}, "dt": "h"}

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[tuple[str, str]] = []
        self.kind: str | None = None
        self.text: list[str] = []
        self.skipping = 0

    def flush(self) -> None:
        text = flat("".join(self.text)).replace("¶", "")
        if self.kind and text:
            self.blocks.append((self.kind, text))
        self.text = []

    def handle_starttag(self, tag, attributes):
        if tag in self.SKIPPED:
            self.skipping += 1
        elif tag in self.BLOCKS:
            self.flush()
            self.kind = self.BLOCKS[tag]

    def handle_endtag(self, tag):
        if tag in self.SKIPPED:
            self.skipping = max(0, self.skipping - 1)
        elif tag in self.BLOCKS or tag in ("div", "section", "table", "ul", "dl"):
            self.flush()
            self.kind = None

    def handle_data(self, data):
        if not self.skipping and self.kind:
            self.text.append(data)


def page_pairs(name: str, text: str) -> Iterator[Pair]:
    language = re.search(r"<html[^>]*\blang=\"?(\w+)", text[:1000])
    if not re.search(r"\.html(\.en)?$", name) or (language and not language[1].lower().startswith("en")):
        return
    page = Page()
    page.feed(text[:400_000])
    page.flush()
    heading = None
    for kind, block in page.blocks:
        if kind == "h":
            heading = re.sub(r"^[\d.\s]+", "", block)
            continue
        sentence, rest = first_sentence(block)
        if heading and len(block) > 60:
            yield "doc", heading, block
            heading = None
        if len(rest) > 80 and len(sentence) > 25:
            yield "doc", sentence, rest


def readme_pairs(name: str, text: str) -> Iterator[Pair]:
    """Headings and the paragraphs below them, of README.md and of a wheel's long description."""
    if not re.search(r"(^|/)README(\.\w+)?$|\.dist-info/METADATA$", name, re.I) or name.endswith((".html", ".js")):
        return
    text = re.sub(r"<[^>]+>|!\[[^\]]*\]\([^)]*\)|\[([^\]]*)\]\([^)]*\)", r"\1", text)
    heading = None
    for block in re.split(r"\n\s*\n", text):
        found = re.match(r"#+[ \t]+(\S.*)|(.+)\n[=-]{3,}[ \t]*(?=\n|$)", block)
        if found:
            heading = flat(found[1] or found[2])
            block = block[found.end() :]
        if heading and len(block.strip()) > 60 and not block.lstrip().startswith(("|", "..", "[!")):
            yield "readme", heading, block.strip()


GLOSS = re.compile(r"^\d{8} \d\d \w [0-9a-f]{2} (.*?) \| (.*)$", re.M)


def gloss_pairs(name: str, text: str) -> Iterator[Pair]:
    """WordNet: the words and their definition, the definition and each example."""
    if not re.search(r"wordnet/data\.(noun|verb|adj|adv)$", name):
        return
    for found in GLOSS.finditer(text):
        fields = found[1].split(" ")
        count = next(i for i, field in enumerate(fields) if re.fullmatch(r"\d{3}", field))
        terms = [re.sub(r"\(\w+\)$", "", term).replace("_", " ") for term in fields[:count:2]]
        definition = re.split(r";\s*\"", found[2])[0].strip()
        yield "gloss", ", ".join(terms), definition
        for example in re.findall(r"\"([^\"]{15,})\"", found[2]):
            yield "gloss", definition, example


READERS = {
    "python": [python_pairs],
    "pip": [python_pairs, readme_pairs],
    "npm": [script_pairs, readme_pairs],
    "deb": [page_pairs, go_pairs, gloss_pairs],
}


def fit(pair: Pair) -> Pair | None:
    """The pair cut to length, or None if it is no use: too short, not English letters, a stub."""
    kind, query, passage = pair
    query, passage = flat(query)[:QUERY_CHARACTERS], passage.strip()[:PASSAGE_CHARACTERS]
    least = 1 if kind in ("gloss", "doc", "readme") else 3
    letters = len(re.findall(r"[A-Za-z]", query))
    if len(re.findall(r"[A-Za-z]{2,}", query)) < least or len(passage) < 15 or letters < 0.5 * len(query):
        return None
    if re.match(r"(todo|fixme|deprecated|copyright|see also|@|:)", query, re.I) or query.lower() == passage.lower():
        return None
    if len(re.findall(r"[^\x00-\x7f]", passage)) > 0.1 * len(passage):
        return None
    return kind, query, passage


def read(source: sources.Source, work: pathlib.Path) -> dict[str, list[Pair]]:
    """A source's pairs by kind; none if it is refused."""
    found = collections.defaultdict(list)
    files = sources.load(source, work)
    if not source.refused:
        for name, text in sources.texts(source, files):
            for reader in READERS[source.kind]:
                for pair in filter(None, map(fit, reader(name, text))):
                    found[pair[0]].append(pair)
    return dict(found)


def main() -> None:
    work = pathlib.Path(sys.argv[1])
    shuffle = random.Random(0)
    seen: set[bytes] = set()
    counts: collections.Counter[str] = collections.Counter()
    listed = sources.listed()
    with (work / "pairs.jsonl").open("w") as out, multiprocessing.Pool() as pool:
        for source, found in zip(listed, pool.imap(functools.partial(read, work=work), listed)):
            for kind, rows in found.items():
                shuffle.shuffle(rows)
                kept = 0
                for _, query, passage in rows:
                    # A declaration and its build output, or two versions of it, count once.
                    key = hashlib.sha256(re.sub(r"\W+", "", f"{query}{passage[:80]}").encode()).digest()
                    if key in seen or kept == LARGEST_SHARE.get(kind):
                        continue
                    seen.add(key)
                    kept += 1
                    row = {"kind": kind, "query": query, "passage": passage, "source": source.name}
                    out.write(json.dumps(row) + "\n")
                counts[kind] += kept
            if found:
                print(f"{source.name}: " + ", ".join(f"{len(rows)} {kind}" for kind, rows in found.items()), flush=True)
    print(f"{counts.total()} pairs: " + ", ".join(f"{n} {kind}" for kind, n in counts.items()))


if __name__ == "__main__":
    main()
