"""The packages that the corpus is made from, and the licence of each, read from its own file.

sources.txt pins them, one a line: "pip NAME==VERSION", "npm NAME@VERSION", "deb NAME=VERSION",
"python VERSION" (the standard library of the running Python, which must be that version).

Run: python sources.py WORK   (downloads into WORK/packages, writes WORK/sources.json, prints)
"""

import dataclasses
import hashlib
import io
import json
import pathlib
import platform
import re
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Iterator

import licences

HERE = pathlib.Path(__file__).parent
LICENCE_NAME = re.compile(r"^(un)?licen[sc]e|^copying|^copyright$|-licen[sc]e(\.|$)", re.I)
NOT_A_LICENCE = re.compile(r"\.(py|js|json|html)$", re.I)
# Copies of other projects inside a package have licences of their own; they are not read.
VENDORED = re.compile(
    r"(^|/)(_?_?vendor(ed)?|third_?party|extern(al)?s?|_?bundled|node_modules|contrib_libs|pkg_resources)(/|$)",
    re.I,
)
# File patterns of a Debian copyright file that take in the documentation.
DOCUMENTATION = re.compile(r"(\./)?(\*$|[Dd]ocs?/|src/(doc/)?\*$|library/\*$)")
HEADER_CHARACTERS = 2500
# Below a licence of their own in what is otherwise permissive: left out by hand.
EXCLUDED = re.compile(r"lib\.(dom|webworker)[^/]*\.d\.ts$|(^|/)tests?(/|ing/)|\.min\.js$|_pb2\.py$")


@dataclasses.dataclass
class Source:
    kind: str
    name: str
    version: str
    licence: str | None = None
    refused: str | None = None
    licence_file: str | None = None
    licence_sha256: str | None = None


def listed() -> list[Source]:
    result = []
    for line in (HERE / "sources.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            kind, rest = line.split(" ", 1)
            if kind == "python":
                result.append(Source(kind, "Python standard library", rest))
            else:
                separator = {"pip": "==", "npm": "@", "deb": "="}[kind]
                result.append(Source(kind, *rest.rsplit(separator, 1)))
    return result


def fetch(source: Source, folder: pathlib.Path) -> pathlib.Path:
    """The package's file, downloaded once; nothing of it is run."""
    folder = folder / source.kind / re.sub(r"\W+", "-", f"{source.name}-{source.version}")
    if not folder.exists() or not any(folder.iterdir()):
        folder.mkdir(parents=True, exist_ok=True)
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
        command = {
            "pip": [*pip, f"{source.name}=={source.version}"],
            "npm": ["npm", "pack", "--silent", f"{source.name}@{source.version}"],
            "deb": ["apt-get", "download", "-qq", f"{source.name}={source.version}"],
        }[source.kind]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)
    return next(folder.iterdir())


def members(kind: str, path: pathlib.Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file of a package, without unpacking it to disk."""
    if kind == "python":
        for file in sorted(path.rglob("*.*")):
            if "site-packages" not in file.parts and file.is_file() and file.suffix in (".py", ".txt"):
                yield str(file.relative_to(path)), file.read_bytes()
    elif kind == "pip":
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if re.search(r"\.py$|\.dist-info/", name):
                    yield name, archive.read(name)
    else:
        data = path.read_bytes()
        if kind == "deb":
            data = subprocess.run(["dpkg-deb", "--fsys-tarfile", path], capture_output=True, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for entry in archive:
                if entry.isfile():
                    yield entry.name.removeprefix("./").removeprefix("package/"), archive.extractfile(entry).read()


def is_licence(kind: str, name: str) -> bool:
    last = name.rsplit("/", 1)[-1]
    if kind == "deb":
        return bool(re.fullmatch(r"usr/share/doc/[^/]+/copyright", name))
    if not LICENCE_NAME.search(last) or NOT_A_LICENCE.search(last):
        return False
    if kind == "pip":
        return bool(re.fullmatch(r"[^/]+\.dist-info/(licenses/)?[^/]+", name))
    return "/" not in name


def debian_part(text: str) -> str:
    """Of a machine-readable copyright file: what applies to the documentation or to all files.

    Stanzas for other named files (build scripts, debian/, tests) do not.
    """
    if "Format:" not in text[:500]:
        return text
    stanzas = re.split(r"\n\s*\n(?=[A-Z])", text)
    wanted, names = [], set()
    for stanza in stanzas:
        files = re.search(r"^Files:((?:.|\n(?=[ \t]))*)", stanza, re.M)
        if files and any(DOCUMENTATION.match(glob) for glob in re.split(r"[\s,]+", files[1].strip())):
            wanted.append(stanza)
            names |= {name.strip() for name in re.findall(r"^License:\s*(.*)", stanza, re.M)}
    parts = {part.strip() for name in names for part in re.split(r"\s+(?:and|or)\s+|,", name) if part.strip()}
    for stanza in stanzas:
        alone = re.match(r"License:\s*(.*)", stanza)
        if alone and alone[1].strip() in parts | names:
            wanted.append(stanza)
    return "\n\n".join(wanted)


def read_licence(source: Source, files: list[tuple[str, bytes]]) -> None:
    found = sorted((name, data) for name, data in files if is_licence(source.kind, name))
    if not found:
        source.refused = "has no licence file"
        return
    named = []
    for name, data in found:
        text = data.decode("utf-8", "replace")
        licence, refused = licences.judge(debian_part(text) if source.kind == "deb" else text)
        if refused:
            source.refused = f"{refused} ({name})"
            return
        named.append(licence)
    source.licence = ", ".join(dict.fromkeys(named))
    source.licence_file = ", ".join(name for name, _ in found)
    source.licence_sha256 = ", ".join(hashlib.sha256(data).hexdigest() for _, data in found)


def texts(source: Source, files: list[tuple[str, bytes]]) -> Iterator[tuple[str, str]]:
    """The files to read: not vendored, and not headed by a licence that is refused."""
    for name, data in files:
        if VENDORED.search(name) or EXCLUDED.search(name):
            continue
        text = data.decode("utf-8", "replace")
        head = text[:HEADER_CHARACTERS]
        if re.search(r"licen[sc]e", head, re.I) and "names" in (licences.judge(head)[1] or ""):
            continue
        yield name, text


def load(source: Source, work: pathlib.Path) -> list[tuple[str, bytes]]:
    """The source's files; fills in its licence, or why it is refused."""
    if source.kind == "python":
        if platform.python_version() != source.version:
            sys.exit(f"Python {source.version} is needed, this is {platform.python_version()}.")
        path = pathlib.Path(sysconfig.get_path("stdlib"))
    else:
        path = fetch(source, work / "packages")
    files = list(members(source.kind, path))
    read_licence(source, files)
    return files


def main() -> None:
    work = pathlib.Path(sys.argv[1])
    rows = []
    for source in listed():
        load(source, work)
        rows.append(dataclasses.asdict(source))
        print(f"{source.kind} {source.name} {source.version}: {source.licence or 'LEFT OUT: ' + source.refused}")
    (work / "sources.json").write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
