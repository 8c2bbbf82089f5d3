"""The files under static/, read, hashed and compressed once at start, kept in memory.

Owns their addresses: `/static/VERSION/js/pages/talk.js`, where VERSION is a hash of every file. A
module imports its neighbours by relative paths, so one version in front of the path covers a whole
page: no mix of old and new files can run, and each answer may be cached for ever. In development
the files are looked at again whenever a page asks for an address.

Our own scripts and styles are served without the comments that stand on lines of their own: a third
of what a browser would load. Lines keep their numbers. Knows nothing of HTTP: see `files`.
"""

from __future__ import annotations

import gzip
import hashlib
import posixpath
import re
from dataclasses import dataclass
from pathlib import Path

VERSION_CHARS = 16
MIN_COMPRESSED = 512
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
# A comment with nothing else on its lines. Third-party files keep theirs: licences stand in them.
COMMENT = re.compile(rb"^[ \t]*//.*$|^[ \t]*/\*[\s\S]*?\*/[ \t]*$", re.MULTILINE)
COMMENTED = frozenset({".css", ".js"})
OTHERS = "vendor/"
# A static import or re-export by a relative path. Those made with import() wait until they are due.
IMPORT = re.compile(
    rb"""^(?:import\s*|(?:import|export)\b[^;'"()=]*\bfrom\s*)['"](\.\.?/[^'"]+)['"]""",
    re.MULTILINE,
)
COMPRESSIBLE = frozenset({".css", ".js", ".json", ".svg", ".txt", ".webmanifest"})


@dataclass(frozen=True)
class File:
    content: bytes
    compressed: bytes | None
    content_type: str
    imports: tuple[str, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    version: str
    files: dict[str, File]


class Assets:
    def __init__(self, root: Path, *, live: bool) -> None:
        self._root = root
        self._live = live
        self._stamp = self._look() if live else ()
        self._snapshot = read(root)

    @property
    def snapshot(self) -> Snapshot:
        return self._snapshot

    def url(self, name: str) -> str:
        """The address of a file; a name that does not exist is a defect of the template."""
        if self._live and (stamp := self._look()) != self._stamp:
            self._stamp, self._snapshot = stamp, read(self._root)
        if name not in self._snapshot.files:
            raise LookupError(f"static/{name} does not exist")
        return f"/static/{self._snapshot.version}/{name}"

    def imports(self, name: str) -> list[str]:
        """The addresses of all that a module needs before it runs, nearest first. A page that names
        them spares the browser one round trip for each level of the tree."""
        self.url(name)
        files, found = self._snapshot.files, [name]
        for each in found:
            found += [needed for needed in files[each].imports if needed not in found]
        return [self.url(each) for each in found[1:]]

    def _look(self) -> tuple[tuple[str, int, int], ...]:
        stats = ((str(path), path.stat()) for path in _paths(self._root))
        return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)


def read(root: Path) -> Snapshot:
    digest = hashlib.sha256()
    files = {}
    for path in _paths(root):
        name = path.relative_to(root).as_posix()
        content = served(name, path.read_bytes())
        digest.update(f"{len(name)} {len(content)} {name}".encode() + content)
        files[name] = _file(name, content)
    return Snapshot(digest.hexdigest()[:VERSION_CHARS], files)


def served(name: str, content: bytes) -> bytes:
    """What a browser gets of this file."""
    if Path(name).suffix not in COMMENTED or name.startswith(OTHERS):
        return content
    return COMMENT.sub(lambda comment: b"\n" * comment[0].count(b"\n"), content)


def _paths(root: Path) -> list[Path]:
    return sorted(p for p in root.rglob("*") if p.suffix in TYPES and p.is_file())


def _file(name: str, content: bytes) -> File:
    suffix, compressed = Path(name).suffix, None
    if suffix in COMPRESSIBLE and len(content) >= MIN_COMPRESSED:
        compressed = gzip.compress(content, 9, mtime=0)
    found = IMPORT.findall(content) if suffix == ".js" else []
    folder = posixpath.dirname(name)
    needed = [posixpath.normpath(posixpath.join(folder, each.decode())) for each in found]
    return File(content, compressed, TYPES[suffix], tuple(dict.fromkeys(needed)))
