"""Writing a zip container whose unchanged entries are copied as they are, packed."""

import struct
import zipfile
from collections.abc import Iterator
from typing import BinaryIO

from xlsmkt.package.opening import damaged
from xlsmkt.package.packing import PackedPart

_PIECE = 1 << 20
_LIMIT = 0xFFFFFFFF  # what does not fit into 32 bits ...
_ELSEWHERE = 0xFFFFFFFF  # ... stands in the zip64 fields
_ZIP64_EXTRA = 1
_DESCRIPTOR = 0x08  # sizes after the data: not needed, they are known


class ZipWriter:
    """Puts entries one after the other into a new container. Zip64 only where a size asks for it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._directory: list[bytes] = []

    def copy(self, source: BinaryIO, entry: zipfile.ZipInfo, name: str) -> None:
        """An entry of another container, byte for byte."""
        sizes = (entry.CRC, entry.compress_size, entry.file_size)
        self._put(entry, entry.compress_type, sizes, _raw(source, entry, name))

    def write(self, entry: zipfile.ZipInfo, part: PackedPart) -> None:
        """A new content for an entry; name, date and attributes stay."""
        sizes = (part.crc, part.packed_size, part.size)
        self._put(entry, zipfile.ZIP_DEFLATED, sizes, part.pieces())

    def _put(self, entry: zipfile.ZipInfo, method: int, sizes: tuple[int, int, int], data: Iterator[bytes]) -> None:
        offset = self._file.tell()
        name = entry.orig_filename.encode("utf-8" if entry.flag_bits & 0x800 else "cp437")
        flags = entry.flag_bits & ~_DESCRIPTOR
        date, time = _dos_moment(entry.date_time)
        crc, packed_size, size = sizes
        extra = _without_zip64(entry.extra)
        large = max(packed_size, size) >= _LIMIT
        local_extra = (struct.pack("<HHQQ", _ZIP64_EXTRA, 16, size, packed_size) if large else b"") + extra
        shown = (_ELSEWHERE, _ELSEWHERE) if large else (packed_size, size)
        needs = max(entry.extract_version, 45 if large or offset >= _LIMIT else 20)
        common = struct.pack("<HHHHLLL", flags, method, time, date, crc, *shown)
        self._file.write(struct.pack("<4sH", b"PK\3\4", needs) + common)
        self._file.write(struct.pack("<HH", len(name), len(local_extra)) + name + local_extra)
        for piece in data:
            self._file.write(piece)
        fields = struct.pack("<QQ", size, packed_size) if large else b""
        if offset >= _LIMIT:
            fields += struct.pack("<Q", offset)
        central_extra = (struct.pack("<HH", _ZIP64_EXTRA, len(fields)) + fields if fields else b"") + extra
        made_by = max(entry.create_version, needs) | entry.create_system << 8
        self._directory.append(
            struct.pack("<4sHH", b"PK\1\2", made_by, needs)
            + common
            + struct.pack("<HHH", len(name), len(central_extra), len(entry.comment))
            + struct.pack("<HHL", 0, entry.internal_attr, entry.external_attr)
            + struct.pack("<L", _short(offset))
            + name
            + central_extra
            + entry.comment
        )

    def finish(self, comment: bytes = b"") -> None:
        """Write the directory."""
        start = self._file.tell()
        for record in self._directory:
            self._file.write(record)
        size, count = self._file.tell() - start, len(self._directory)
        if start >= _LIMIT or size >= _LIMIT or count >= 0xFFFF:
            here = self._file.tell()
            self._file.write(struct.pack("<4sQHHLLQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, start))
            self._file.write(struct.pack("<4sLQL", b"PK\6\7", 0, here, 1))
        count = min(count, 0xFFFF)
        end = struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, count, count, _short(size), _short(start), len(comment))
        self._file.write(end + comment)


def _short(number: int) -> int:
    return _ELSEWHERE if number >= _LIMIT else number


def _raw(source: BinaryIO, entry: zipfile.ZipInfo, name: str) -> Iterator[bytes]:
    source.seek(entry.header_offset)
    header = source.read(30)
    if len(header) < 30 or header[:4] != b"PK\3\4":
        raise damaged(entry.filename, name)
    source.seek(sum(struct.unpack("<HH", header[26:30])), 1)
    left = entry.compress_size
    while left:
        piece = source.read(min(left, _PIECE))
        if not piece:
            raise damaged(entry.filename, name)
        left -= len(piece)
        yield piece


def _without_zip64(extra: bytes) -> bytes:
    kept = b""
    while len(extra) >= 4:
        kind, length = struct.unpack("<HH", extra[:4])
        if kind != _ZIP64_EXTRA:
            kept += extra[: 4 + length]
        extra = extra[4 + length :]
    return kept


def _dos_moment(moment: tuple[int, int, int, int, int, int]) -> tuple[int, int]:
    year, month, day, hour, minute, second = moment
    return (max(year - 1980, 0) << 9 | month << 5 | day, hour << 11 | minute << 5 | second // 2)
