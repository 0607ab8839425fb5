"""One packed part: written piece by piece, kept packed, read back as a stream."""

import os
import tempfile
import weakref
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Protocol

from xlsmkt.errors import UserError

KEPT_IN_MEMORY = 32 << 20
_GATHERED = 1 << 18  # packed at once, beside the work that makes the next ones
_PACKER = ThreadPoolExecutor(1, "packing")
LEVEL = 1  # the lowest: packing takes most of the time of a large refresh, and Excel packs anew when it saves
_PIECE = 1 << 20


class Stream(Protocol):
    """What reading needs of a file."""

    def read(self, size: int = -1, /) -> bytes: ...


class PackedPart:
    """The deflated bytes of a part, in memory or in a temporary file.

    ``body``: where the packed bytes of plain rows (of a table, of a long result) begin and end, which readers of
    formulas may leave out.
    """

    def __init__(self, packed: bytes | Path, size: int, packed_size: int, crc: int, body: tuple[int, int]) -> None:
        self.size, self.packed_size, self.crc, self._body = size, packed_size, crc, body
        self._packed = packed
        if isinstance(packed, Path):
            weakref.finalize(self, _remove, packed)

    def pieces(self, bodies: bool = True) -> Iterator[bytes]:
        """The packed bytes, piece by piece."""
        start, end = self._body
        with BytesIO(self._packed) if isinstance(self._packed, bytes) else self._packed.open("rb") as file:
            for first, last in [(0, self.packed_size)] if bodies else [(0, start), (end, self.packed_size)]:
                file.seek(first)
                while piece := file.read(min(_PIECE, last - file.tell())):
                    yield piece

    def stream(self, bodies: bool = True) -> Stream:
        """The unpacked bytes."""
        return _Unpacking(self.pieces(bodies))


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
        self._gathered: list[bytes | memoryview] = []
        self._gathered_size = 0
        self._packing: Future[None] | None = None
        self._body: list[int] = []

    def write(self, data: bytes | memoryview) -> None:
        """Take the next bytes."""
        self._gathered.append(data)
        self._gathered_size += len(data)
        if self._gathered_size >= _GATHERED:
            self._wait()
            self._packing = _PACKER.submit(self._pack, self._taken())

    def mark_body(self) -> None:
        """Say, twice, where plain rows begin and where they end."""
        self._wait()
        self._pack(self._taken())
        self._file.write(self._deflate.flush(zlib.Z_FULL_FLUSH))  # what follows can be unpacked without what was before
        self._body.append(self._file.tell())

    def finish(self) -> PackedPart:
        """The whole part; nothing may be written afterwards."""
        self._wait()
        self._pack(self._taken())
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
        start, end = self._body or (packed_size, packed_size)
        return PackedPart(packed, self._size, packed_size, self._crc, (start, end))

    def _taken(self) -> list[bytes | memoryview]:
        gathered, self._gathered, self._gathered_size = self._gathered, [], 0
        return gathered

    def _wait(self) -> None:
        """One load is packed at a time; what went wrong with it is raised here."""
        if self._packing:
            self._packing.result()
            self._packing = None

    def _pack(self, gathered: list[bytes | memoryview]) -> None:
        data = gathered[0] if len(gathered) == 1 else b"".join(gathered)
        self._size += len(data)
        self._crc = zlib.crc32(data, self._crc)
        packed = self._deflate.compress(data)
        try:
            self._file.write(packed)
        except OSError as error:
            folder = tempfile.gettempdir()
            raise UserError(f"No more can be written to {folder} ({error.strerror}): make room there.") from None


def pack(data: bytes) -> PackedPart:
    """A part of known content."""
    writer = PartWriter()
    writer.write(data)
    return writer.finish()
