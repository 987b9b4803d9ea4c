"""What one line of a plain document says, by its characters; part of `compiled.pyx`.

It looks at one byte for each character: an ASCII character itself, or what another one is. The text ends with a line
break, at which every loop over characters stops; behind it stands a NUL, so that one more may be looked at.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize

from vela_steps.locate.lines import DEEPEST, LONGEST
from vela_steps.locate.one_line import LONGEST_KEY

ctypedef const unsigned char* Text

cdef enum:
    NO_VALUE, PLAIN, QUOTED, HEADER, SKIPPED, ODD  # what stands on a line
    KEY = 1  # what a character may be part of
    KEY_START = 2
    VALUE_START = 4
    PRINTABLE = 8
    SPECIAL = 16  # it may end a plain value
    FOREIGN = 128  # the byte for a printable character that is not ASCII; 1 stands for any other

cdef struct Line:
    Py_ssize_t at, dash  # columns: of the key or item, of the dash (-1: none)
    Py_ssize_t key, key_end  # offsets; key_end is 0 where there is no key
    Py_ssize_t value, value_end
    Py_ssize_t end  # the offset of the line break
    int kind

cdef unsigned char IS[256]  # what each byte may be part of


cdef int _uses(str character):
    cdef int uses = PRINTABLE if character.isprintable() else SPECIAL
    if character.isalnum() or character in "_./":
        uses |= KEY | KEY_START | VALUE_START
    if character == "-":
        uses |= KEY
    if character in "$(+^<=~;\\":
        uses |= VALUE_START
    return uses | (SPECIAL if character in "#:" else 0)


cdef int _code
for _code in range(128):
    IS[_code] = _uses(chr(_code))
IS[FOREIGN] = PRINTABLE | VALUE_START

cdef Py_ssize_t deepest = DEEPEST, longest_line = LONGEST, longest_key = LONGEST_KEY


cdef bytes seen_as(str source):
    """A byte for each character that is not ASCII, the others as they are."""
    cdef bytes seen = PyBytes_FromStringAndSize(NULL, len(source))
    cdef char* at = PyBytes_AS_STRING(seen)
    cdef Py_UCS4 character
    for character in source:
        at[0] = <char>(<int>character if <int>character < 128 else FOREIGN if character.isprintable() else 1)
        at += 1
    return seen


cdef Py_ssize_t line_end(Text text, Py_ssize_t at) noexcept nogil:
    """The end of a line from some offset on, -1 where something in it is not printable."""
    while IS[text[at]] & PRINTABLE:
        at += 1
    return at if text[at] == b"\n" else -1


cdef Py_ssize_t behind_value(Text text, Py_ssize_t at) noexcept nogil:
    """The end of a line behind whose offset there may be blanks and a comment only, -1 where there is more."""
    cdef Py_ssize_t start = at
    while text[at] == b" ":
        at += 1
    if text[at] == b"\n":
        return at
    return line_end(text, at) if text[at] == b"#" and at > start else -1


cdef Py_ssize_t plain_end(Text text, Py_ssize_t at, Line* line) noexcept nogil:
    """The end of the line behind a plain value that begins at an offset, whose own end is noted; -1: not sure."""
    if not IS[text[at]] & VALUE_START:
        if text[at] != b"-" or text[at + 1] == b" " or text[at + 1] == b"\n":  # a dash of a sequence
            return -1
    line.value = at
    while True:
        while not IS[text[at]] & SPECIAL:
            at += 1
        if text[at] == b":" and text[at + 1] != b" " and text[at + 1] != b"\n":
            at += 1
        elif text[at] == b"#" and text[at - 1] != b" ":
            at += 1
        else:
            break
    line.value_end = at
    while text[line.value_end - 1] == b" ":
        line.value_end -= 1
    return at if text[at] == b"\n" else line_end(text, at) if text[at] == b"#" else -1


cdef Py_ssize_t quoted_end(Text text, Py_ssize_t at, Line* line) noexcept nogil:
    """The same of a value in quotes with no escapes in it."""
    cdef unsigned char quote = text[at]
    at += 1
    line.value = at
    while text[at] != quote:
        if not IS[text[at]] & PRINTABLE or (text[at] == b"\\" and quote == b'"'):
            return -1
        at += 1
    line.value_end = at
    return behind_value(text, at + 1)


cdef bint read_value(Text text, Py_ssize_t at, Line* line) noexcept nogil:
    """What stands behind a key or a dash, from an offset on; False where that is not sure."""
    while text[at] == b" ":
        at += 1
    if text[at] == b"\n" or (text[at] == b"#" and text[at - 1] == b" "):
        line.kind = NO_VALUE
        line.end = line_end(text, at)
        return line.end >= 0 and line.key_end > 0
    if text[at] == b"'" or text[at] == b'"':
        line.kind = QUOTED
        line.end = quoted_end(text, at, line)
    elif text[at] == b"|" or text[at] == b">":
        line.kind = HEADER
        line.value = at
        line.value_end = at + (2 if text[at + 1] == b"-" else 1)
        line.end = behind_value(text, line.value_end)
        return line.end >= 0 and line.key_end > 0
    else:
        line.kind = PLAIN
        line.end = plain_end(text, at, line)
    return line.end >= 0


cdef void read_key(Text text, Py_ssize_t at, Line* line) noexcept nogil:
    """The key that begins at an offset, if there is one."""
    line.key, line.key_end = at, 0
    if not IS[text[at]] & KEY_START:
        return
    while IS[text[at]] & KEY:
        at += 1
    if text[at] == b":" and (text[at + 1] == b" " or text[at + 1] == b"\n"):
        line.key_end = at


cdef void read_line(Text text, Py_ssize_t start, Line* line) noexcept nogil:
    """What the line at an offset says; ODD where this does not know."""
    cdef Py_ssize_t at = start
    line.kind, line.key_end, line.dash = ODD, 0, -1
    while text[at] == b" ":
        at += 1
    if text[at] == b"\n" or text[at] == b"#":
        line.end = line_end(text, at)
        line.kind = SKIPPED if line.end >= 0 else ODD
        return
    line.at = at - start
    if line.at > deepest:
        return
    if text[at] == b"-" and text[at + 1] == b" ":
        line.dash = line.at
        line.at += 2
        at += 2
        if text[at] == b" ":
            return
    read_key(text, at, line)
    if line.key_end == 0 and line.dash < 0:
        return
    if not read_value(text, line.key_end + 1 if line.key_end else at, line) or line.end - start > longest_line:
        line.kind = ODD


cdef Py_ssize_t block_end(
    Text text, Py_ssize_t at, Py_ssize_t length, Py_ssize_t column, Py_ssize_t* deep
) noexcept nogil:
    """The offset behind a block scalar whose lines begin at an offset, -1: not sure; `deep` is where they stand."""
    cdef Py_ssize_t indent = 0, margin, end
    while at < length:
        margin = at
        while text[margin] == b" ":
            margin += 1
        margin -= at
        if text[at + margin] == b"\n":
            if margin and (indent == 0 or margin > indent):
                return -1
            at += margin + 1
            continue
        if margin <= column:
            break
        indent = indent or margin
        end = line_end(text, at)
        if margin < indent or end < 0:
            return -1
        at = end + 1
    deep[0] = indent
    return at if indent else -1
