"""The parts of a workbook file: the original ones, and those that replace them."""

import posixpath
import re
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from lxml import etree

from xlsmkt.errors import UserError
from xlsmkt.package.opening import BROKEN, MAX_WHOLE_SIZE, damaged, open_zip, parse_xml, refuse_entities
from xlsmkt.package.packing import PackedPart, Stream, pack

CONTENT_TYPES = "[Content_Types].xml"
_DECLARATION = re.compile(r"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["'][^>]*\?>""")


@dataclass(frozen=True)
class Relationship:
    """An arrow from one part to another; ``kind`` is the last word of its type (``table``, ``drawing``)."""

    id: str
    kind: str
    target: str


class Package:
    """The parts of one workbook file by name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.archive = open_zip(path)
        status = path.stat()
        self.stamp = (status.st_mtime_ns, status.st_size)
        self.entries: dict[str, zipfile.ZipInfo] = {
            entry.filename.lstrip("/"): entry for entry in self.archive.infolist() if not entry.is_dir()
        }
        self._by_lower = {name.lower(): name for name in self.entries}
        self.replaced: dict[str, PackedPart] = {}
        self.removed: set[str] = set()
        self._relationships: dict[str, list[Relationship]] = {}

    def close(self) -> None:
        """Let go of the file."""
        self.archive.close()

    def reopen(self) -> None:
        """Take hold of the file again."""
        self.archive = open_zip(self.path)

    def names(self) -> list[str]:
        """All parts, in the order of the file."""
        return [name for name in self.entries if name not in self.removed]

    def actual_name(self, name: str) -> str | None:
        """The part's name as the file spells it; None if there is no such part."""
        found = self._by_lower.get(name.lower())
        return None if found in self.removed else found

    def size(self, name: str) -> int:
        """Unpacked size in bytes."""
        return self.replaced[name].size if name in self.replaced else self.entries[name].file_size

    def stream(self, name: str, bodies: bool = True) -> Stream:
        """The unpacked bytes of a part, read piece by piece. UTF-8.

        ``bodies=False`` leaves out new rows that hold nothing but values of a table or of one long result.
        """
        try:
            if name in self.replaced:
                return self.replaced[name].stream(bodies)
            start = self.archive.open(self.entries[name]).read(400)
            if start[:2] in (b"\xff\xfe", b"\xfe\xff") or not _is_utf8(start):
                return BytesIO(self.read(name))
            return _Careful(self.archive.open(self.entries[name]), name, self.path.name)
        except BROKEN:
            raise damaged(name, self.path.name) from None

    def read(self, name: str) -> bytes:
        """The unpacked bytes of a part, in UTF-8 whatever the file uses."""
        if name not in self.entries:
            raise damaged(name, self.path.name)
        if self.size(name) > MAX_WHOLE_SIZE:
            raise UserError(f"{self.path.name} holds a part of {self.size(name) >> 20} MB ({name}): make it smaller.")
        if name in self.replaced:
            return self.replaced[name].stream().read()
        try:
            return _in_utf8(self.archive.read(self.entries[name]))
        except (*BROKEN, UnicodeError, LookupError):
            raise damaged(name, self.path.name) from None

    def xml(self, name: str) -> etree._Element:
        """The root element of a part."""
        return parse_xml(self.read(name), name, self.path.name)

    def replace(self, name: str, data: bytes | PackedPart) -> None:
        """Give a part new content."""
        self.replaced[name] = pack(data) if isinstance(data, bytes) else data
        self._relationships.pop(name, None)

    def add(self, name: str, data: bytes) -> None:
        """Take in a new part behind the others, the same bytes on every system."""
        entry = zipfile.ZipInfo(name)
        entry.create_system, entry.external_attr = 3, 0o600 << 16
        self.entries[name] = entry
        self._by_lower[name.lower()] = name
        self.replace(name, data)

    def relationships(self, name: str) -> list[Relationship]:
        """The arrows that leave a part (``""``: the package)."""
        if name not in self._relationships:
            folder, base = posixpath.split(name)
            source = self.actual_name(posixpath.join(folder, "_rels", base + ".rels"))
            found = []
            for element in self.xml(source) if source else ():
                target = element.get("Target") or ""
                if not isinstance(element.tag, str) or element.get("TargetMode") == "External" or not target:
                    continue
                inside = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
                kind = (element.get("Type") or "").rsplit("/", 1)[-1]
                found.append(Relationship(element.get("Id") or "", kind, self.actual_name(inside) or inside))
            self._relationships[name] = found
        return self._relationships[name]

    def targets(self, name: str, kind: str) -> list[str]:
        """The parts of one kind that a part points to, so far as they exist."""
        arrows = self.relationships(name)
        return [arrow.target for arrow in arrows if arrow.kind == kind and self.actual_name(arrow.target)]

    def remove(self, name: str, source: str) -> None:
        """Take out a part that only ``source`` points to, with its arrow and its content type."""
        folder, base = posixpath.split(source)
        arrows = self.actual_name(posixpath.join(folder, "_rels", base + ".rels"))
        identities = {arrow.id for arrow in self.relationships(source) if arrow.target == name}
        if arrows:
            self._without(arrows, "Id", identities)
        self._without(self.actual_name(CONTENT_TYPES) or CONTENT_TYPES, "PartName", {"/" + name})
        self.removed.add(name)
        self._relationships.clear()

    def _without(self, part: str, attribute: str, values: set[str]) -> None:
        """Take the children with one of these attribute values out of a part."""
        root = self.xml(part)
        for element in list(root):
            if element.get(attribute) in values:
                root.remove(element)
        self.replace(part, etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True))


class _Careful:
    """A stream whose damage is told in words, and whose start declares no entities."""

    def __init__(self, stream: Stream, part: str, name: str) -> None:
        self._stream, self._part, self._name = stream, part, name
        self._first = True

    def read(self, size: int = -1, /) -> bytes:
        try:
            data = self._stream.read(size)
        except BROKEN:
            raise damaged(self._part, self._name) from None
        if self._first:
            refuse_entities(data[: 1 << 16], self._part, self._name)
            self._first = False
        return data


def _is_utf8(start: bytes) -> bool:
    match = _DECLARATION.match(start.decode("latin-1").removeprefix("\xef\xbb\xbf"))
    return not match or match[1].lower() in ("utf-8", "utf8", "us-ascii", "ascii")


def _in_utf8(data: bytes) -> bytes:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data.decode("utf-16")
    elif not _is_utf8(data[:400]):
        match = _DECLARATION.match(data[:400].decode("latin-1"))
        assert match
        text = data.decode(match[1])
    else:
        return data.removeprefix(b"\xef\xbb\xbf")
    return re.sub(r"^\s*<\?xml[^>]*\?>", '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>', text).encode()
