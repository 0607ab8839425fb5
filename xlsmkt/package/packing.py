"""One packed part: written piece by piece, kept packed, read back as a stream."""

import os
import tempfile
import weakref
import zlib
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Protocol

KEPT_IN_MEMORY = 32 << 20
LEVEL = 1  # the lowest: packing takes most of the time of a large refresh, and Excel packs anew when it saves
_PIECE = 1 << 20


class Stream(Protocol):
    """What reading needs of a file."""

    def read(self, size: int = -1, /) -> bytes: ...


class PackedPart:
    """The deflated bytes of a part, in memory or in a temporary file."""

    def __init__(self, packed: bytes | Path, size: int, packed_size: int, crc: int) -> None:
        self.size, self.packed_size, self.crc = size, packed_size, crc
        self._packed = packed
        if isinstance(packed, Path):
            weakref.finalize(self, _remove, packed)

    def pieces(self) -> Iterator[bytes]:
        """The packed bytes, piece by piece."""
        with BytesIO(self._packed) if isinstance(self._packed, bytes) else self._packed.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece

    def stream(self) -> Stream:
        """The unpacked bytes."""
        return _Unpacking(self.pieces())


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


class _Unpacking:
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)

    def read(self, size: int = -1, /) -> bytes:
        if size < 0:
            return b"".join(iter(lambda: self.read(_PIECE), b""))
        while not self._inflate.eof:
            packed = self._inflate.unconsumed_tail or next(self._pieces, b"")
            data = self._inflate.decompress(packed, size) if packed else self._inflate.flush()
            if data:
                return data
            if not packed:
                break
        return b""


class PartWriter:
    """Packs what is written to it; ``finish()`` gives the part."""

    def __init__(self) -> None:
        self._deflate = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._file = tempfile.SpooledTemporaryFile(max_size=KEPT_IN_MEMORY)  # noqa: SIM115 - lives as long as the writer
        self._size = self._crc = 0

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        self._size += len(data)
        self._crc = zlib.crc32(data, self._crc)
        self._file.write(self._deflate.compress(data))

    def finish(self) -> PackedPart:
        """The whole part; nothing may be written afterwards."""
        self._file.write(self._deflate.flush())
        packed_size = self._file.tell()
        self._file.seek(0)
        if packed_size <= KEPT_IN_MEMORY:
            packed: bytes | Path = self._file.read()
        else:
            handle, path = tempfile.mkstemp(prefix="xlsmkt-", suffix=".part")
            with os.fdopen(handle, "wb") as file:
                while piece := self._file.read(_PIECE):
                    file.write(piece)
            packed = Path(path)
        self._file.close()
        return PackedPart(packed, self._size, packed_size, self._crc)


def pack(data: bytes) -> PackedPart:
    """A part of known content."""
    writer = PartWriter()
    writer.write(data)
    return writer.finish()
