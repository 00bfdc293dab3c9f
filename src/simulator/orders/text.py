"""Bytes of a client's text file to UTF-8: which encoding it is, never guessed without a word."""

import codecs
from collections.abc import Iterator

from simulator.parameters import FileError

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
         (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
_SAMPLE_BYTES, _STEP_BYTES = 1 << 16, 1 << 20
_SAMPLE_SIGNS = 10_000
_COMMON_SHARE = 0.7  # of the signs of a Chinese text that are among GB 2312's common ones; of other texts far fewer
_ALLOWED = ("save it as CSV UTF-8, or name its encoding with --encoding / encoding=…, such as gb18030, utf-16, cp1252 "
            "or shift_jis")  # fmt: skip


def to_utf8(data: bytes, file: str, encoding: str | None = None) -> tuple[bytes, str]:
    """The text as UTF-8 without byte order mark, and the name of the encoding it had.

    Without `encoding`: by its byte order mark; UTF-16 by zeros in every other byte; UTF-8 if all of it is; GB18030
    (which contains GBK) if all of it is and most of its signs are common ones in Chinese. Errors: `FileError` with the
    line of the byte that cannot be read.

    >>> to_utf8("客户,日期".encode("gbk"), "log.csv")[1], to_utf8(b"customer,date", "log.csv")[1]
    ('GB18030', 'UTF-8')
    """
    if encoding is not None:
        return _given(data, file, encoding)
    found = next((name for mark, name in _BOMS if data.startswith(mark)), None) or _utf16_without_mark(data)
    if found is None:
        return _utf8_or_chinese(data, file)
    return _checked(_transcoded(data, file, found), file), found.upper()


def _given(data: bytes, file: str, encoding: str) -> tuple[bytes, str]:
    try:
        name = codecs.lookup(encoding).name
        known = isinstance("a".encode(name).decode(name), str)
    except Exception:  # each of Python's encodings has errors of its own, and some, such as zip, are none of text
        known = False
    if not known:
        raise FileError(f"{file}: encoding={encoding!r}: there is no such encoding; allowed: utf-8, utf-16, gb18030, "
                        "cp1252, shift_jis or another that Python knows")  # fmt: skip
    return _checked(_transcoded(data, file, name), file), f"{name.upper()}, as told"


def _utf16_without_mark(data: bytes) -> str | None:
    """UTF-16 from its separators, digits and line ends: each is a sign and a zero."""
    sample = data[:_SAMPLE_BYTES]
    first, second = (sample[start::2].count(0) / max(len(sample) // 2, 1) for start in (0, 1))
    if (
        max(first, second) < 0.1 or min(first, second) > max(first, second) / 5
    ):  # a few hanzi have a zero on the other side
        return None
    return "utf-16-le" if second > first else "utf-16-be"


def _utf8_or_chinese(data: bytes, file: str) -> tuple[bytes, str]:
    _checked(data, file)
    wrong = _first_wrong(data, "utf-8")
    if wrong is None:
        return data, "UTF-8"
    if _first_wrong(data, "gb18030") is None and _looks_chinese(data):
        return _transcoded(data, file, "gb18030"), "GB18030"
    raise FileError(f"{file}: line {_line(data, wrong)}: byte {wrong} is not UTF-8, and the file does not look like "
                    f"UTF-16 or GBK; {_ALLOWED}")  # fmt: skip


def _checked(data: bytes, file: str) -> bytes:
    if (at := data.find(b"\0")) >= 0:
        raise FileError(f"{file}: line {_line(data, at)}: byte {at} is zero: this is no text; allowed: .csv, .csv.gz "
                        "or .xlsx")  # fmt: skip
    return data


def _transcoded(data: bytes, file: str, encoding: str) -> bytes:
    if (wrong := _first_wrong(data, encoding)) is not None:
        line = _line(data[:wrong].replace(b"\0", b""), wrong)
        raise FileError(f"{file}: line {line}: byte {wrong} is not {encoding.upper()}; {_ALLOWED}")
    text = b"".join(piece.encode("utf-8", "replace") for piece in _pieces(data, encoding))
    return text.removeprefix(codecs.BOM_UTF8)


class _WrongByteError(Exception):
    """A byte that cannot be; its argument is the place."""


def _first_wrong(data: bytes, encoding: str) -> int | None:
    """Where the first byte stands that cannot be in this encoding; None when all can be read."""
    try:
        for _ in _pieces(data, encoding):
            pass
    except _WrongByteError as error:
        return int(error.args[0])
    return None


def _pieces(data: bytes, encoding: str) -> Iterator[str]:
    """The text piece by piece: a large file is never held twice."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(data), _STEP_BYTES):
        waiting = len(decoder.getstate()[0])
        try:
            yield decoder.decode(data[start : start + _STEP_BYTES], final=start + _STEP_BYTES >= len(data))
        except UnicodeDecodeError as error:
            raise _WrongByteError(min(start - waiting + error.start, len(data) - 1)) from None
        except UnicodeError:
            raise _WrongByteError(start) from None


def _looks_chinese(data: bytes) -> bool:
    """Whether signs beyond ASCII are mostly GB 2312's common ones; Latin or Cyrillic letters read as GBK are not."""
    signs: list[str] = []
    for piece in _pieces(data, "gb18030"):
        signs += [sign for sign in piece if sign > "\x7f"]
        if len(signs) >= _SAMPLE_SIGNS:
            break
    common = sum(_is_common(sign) for sign in signs[:_SAMPLE_SIGNS])
    return common >= _COMMON_SHARE * min(len(signs), _SAMPLE_SIGNS)


def _is_common(sign: str) -> bool:
    if sign in "¥€":  # not in GB 2312, but in GB18030
        return True
    try:
        row = sign.encode("gb2312")[0]
    except UnicodeEncodeError:
        return False
    return 0xA1 <= row <= 0xA3 or 0xB0 <= row <= 0xD7  # punctuation and full-width signs; hanzi of the first level


def _line(data: bytes, at: int) -> int:
    """The line in which a byte stands."""
    before = data[:at]
    return max(before.count(b"\n"), before.count(b"\r")) + 1
