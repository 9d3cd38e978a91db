"""The project's pages and pictures: where their files lie, and the address at which each of them is served."""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

ADDRESS = "/docs"
# Where the pages say that a server of one's own is. Its links to itself lead to the server that shows the page.
ORIGIN = "http://127.0.0.1:8000"

# In a wheel all of them lie beside this file, in a checkout at the top.
_WHEEL = Path(__file__).with_name("pages")
_CHECKOUT = Path(__file__).resolve().parents[2]

# Pages from the top of the project, by the names that they have here.
_FROM_TOP = {"changelog": "CHANGELOG.md", "contributing": "CONTRIBUTING.md", "security": "SECURITY.md"}
_PICTURES = frozenset({".webp", ".svg", ".json"})


@dataclass(frozen=True, slots=True)
class Place:
    """A file that is served: its name in an address, where it lies, and what its links are relative to.

    `source` is its path in a checkout, such as "docs/tokens.md".
    """

    name: str
    path: Path
    source: str

    @property
    def address(self) -> str:
        """Where it is served; of a folder's README that is the folder."""
        return f"{ADDRESS}/{self.name}" if self.name else ADDRESS

    @property
    def is_page(self) -> bool:
        """Whether it is text to be shown as a page."""
        return self.path.suffix == ".md"

    def text(self) -> str:
        """Return what stands in the file."""
        return self.path.read_text("utf-8")


def docs_folder() -> Path:
    """Return where the docs lie."""
    return _WHEEL if _WHEEL.is_dir() else _CHECKOUT / "docs"


@cache
def places() -> Mapping[str, Place]:
    """The files by their names: pages without their suffix, pictures with it, the page of all pages under none."""
    docs = docs_folder()
    top = docs if docs == _WHEEL else _CHECKOUT
    found = {name: Place(name, top / file, file) for name, file in _FROM_TOP.items()}
    for path in sorted((*docs.glob("*.*"), *docs.glob("*/*.*"))):
        inner = path.relative_to(docs).as_posix()
        if (path.suffix == ".md" or path.suffix in _PICTURES) and inner not in _FROM_TOP.values():
            name = name_of(inner)
            found[name] = Place(name, path, f"docs/{inner}")
    return found


def name_of(path: str) -> str:
    """Return the name in an address of a file below docs/: "decisions/README.md" is "decisions"."""
    name = path.removesuffix(".md").rstrip("/")
    return name.removesuffix("README").rstrip("/") if PurePosixPath(name).name == "README" else name


def address_of(target: str, source: str) -> str | None:
    """Return where a link of the file `source` leads to here; None if that isn't served, as code isn't."""
    if target == ORIGIN or target.startswith(f"{ORIGIN}/"):
        return target.removeprefix(ORIGIN) or "/"
    if target.startswith(("#", "/")) or ":" in target.partition("#")[0]:
        return target
    file, _, section = target.partition("#")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), file))
    address = "/" if path == "README.md" else _addresses().get(path)
    return f"{address}#{section}" if address and section else address


@cache
def _addresses() -> Mapping[str, str]:
    """The addresses by the paths of files, and of folders that have a first page."""
    by_source = {place.source: place.address for place in places().values()}
    folders = {
        posixpath.dirname(source): address
        for source, address in by_source.items()
        if source.endswith("/README.md")
    }
    return {**by_source, **folders}
