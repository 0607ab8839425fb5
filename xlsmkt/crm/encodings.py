"""Text files in UTF-8, in other forms of Unicode, or in a code page."""

import codecs
import locale
import re
from collections.abc import Callable
from pathlib import Path

from xlsmkt.crm.asking import Answers, Question
from xlsmkt.crm.formats import refuse_binary, refuse_other_kinds
from xlsmkt.crm.paths import identity, name_of, shown
from xlsmkt.crm.sniffing import HEAD
from xlsmkt.errors import UserError

_CHUNK = 1 << 24
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
         (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))  # fmt: skip
# Code pages to offer when a file is not Unicode: Western and Central Europe, Cyrillic, Japanese.
_CODE_PAGES = ("cp1252", "cp1250", "cp1251", "cp932")
# Python calls these encodings of text; they are ways to write names and literals.
_NO_CODE_PAGES = ("idna", "punycode", "unicode_escape", "raw_unicode_escape")
_LONE_RETURN = re.compile(rb"\r(?!\n)")


def whole_file(path: Path) -> memoryview:
    """The bytes of a file, read."""
    return memoryview(path.read_bytes())


def as_utf8(
    path: Path, answers: Answers, encoding: str | None = None, load: Callable[[Path], memoryview] = whole_file
) -> memoryview:
    """The file's bytes in UTF-8, without a byte order mark and with line feeds; ``load`` reads or maps the file.

    Raises
    ------
    UserError
        The file is missing, no text, or written in a code page that cannot be told.
    """
    identity(path)
    name = name_of(path)
    try:
        body = load(path)
    except OSError as error:
        raise UserError(
            f"{shown(path, 200)} cannot be read ({error.strerror or error}); close or copy it first"
        ) from None
    head = body[:4096].tobytes()
    refuse_other_kinds(path, head)
    for mark, unicode in _BOMS:
        if head.startswith(mark):
            body = body[len(mark) :]
            refuse_binary(name, head[len(mark) :].decode(unicode, "replace").replace("\ufffd", "\0"))
            if unicode == "utf-8" and _decodes(body, unicode):
                return _with_line_feeds(body)
            return _decoded(name, body, unicode)
    if 4 * head.count(0) > len(head):  # every other byte of plain letters is zero
        order = "utf-16-le" if head[1:2] == b"\0" else "utf-16-be"
        refuse_binary(name, head.decode(order, "replace").replace("\ufffd", "\0"))
        return _decoded(name, body, order)
    refuse_binary(name, head.decode("latin-1"))
    if _decodes(body, "utf-8"):
        return _with_line_feeds(body)
    return _decoded(name, body, _code_page(name, body, answers, encoding))


def _decodes(body: memoryview, encoding: str) -> bool:
    """Whether all bytes are text in this encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for start in range(0, len(body), _CHUNK):
            decoder.decode(body[start : start + _CHUNK].tobytes())
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _decoded(name: str, body: memoryview, encoding: str) -> memoryview:
    try:
        return _with_line_feeds(memoryview(body.tobytes().decode(encoding).encode()))
    except UnicodeError as error:
        where = f" (byte {error.start} is none of its letters)" if isinstance(error, UnicodeDecodeError) else ""
        raise UserError(f"{name} is not written in {shown(encoding)}{where}; export it as UTF-8") from None


def _with_line_feeds(body: memoryview) -> memoryview:
    if _LONE_RETURN.search(body[:HEAD].tobytes()):  # line ends of old Macs
        return memoryview(_LONE_RETURN.sub(b"\n", body.tobytes()))
    return body


def _code_page(name: str, body: memoryview, answers: Answers, encoding: str | None) -> str:
    """The code page of a file that is not UTF-8: the one given, else the user's own, else asked for."""
    given = encoding or answers.encoding
    if given is not None:
        require_code_page(given)
        return given
    own = locale.getencoding()
    if own.lower().startswith("cp") and _decodes(body, own):  # Windows; elsewhere the user's encoding is UTF-8
        return own
    line, text = _first_odd_line(body)
    readings = {page: f'"{_sample(text, page)}" ({page})' for page in _CODE_PAGES if _decodes(body, page)}
    if not readings:
        raise UserError(
            f"{name} is not text in UTF-8 (see line {line}) nor in a usual code page; export it as CSV UTF-8"
        )
    question = Question(name, "", f"line {line} is not UTF-8, it", readings, "--encoding", "encoding")
    return answers.answer(question)


def _first_odd_line(body: memoryview) -> tuple[int, bytes]:
    """The first line that is not UTF-8, and its number."""
    data = body.tobytes()
    try:
        data.decode("utf-8")
        place = 0
    except UnicodeDecodeError as error:
        place = error.start
    before = re.split(b"\r\n|[\r\n]", data[:place])
    return len(before), before[-1] + re.split(b"[\r\n]", data[place : place + 200])[0]


def _sample(line: bytes, page: str) -> str:
    """The first word that looks different in different code pages."""
    words = [word.strip(' "') for word in re.split("[;,\t|]", line.decode(page, "replace"))]
    return shown(next((word for word in words if not word.isascii()), line.decode(page, "replace").strip()), 40)


def require_code_page(name: str) -> None:
    """Refuses the name of an encoding that no file of text is written in.

    Raises
    ------
    UserError
        There is no such encoding, or it is none of letters (hex, base64).
    """
    try:
        good = name.lower().replace("-", "_") not in _NO_CODE_PAGES and "a".encode(name).decode(name) == "a"
    except (LookupError, ValueError):  # a UnicodeError is a ValueError
        good = False
    if not good:
        raise UserError(f"{shown(name)!r} is no code page; give one such as {', '.join(_CODE_PAGES)} or utf-8")
