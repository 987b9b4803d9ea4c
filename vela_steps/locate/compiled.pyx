# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""The pass over the lines of a plain document, compiled: it reads characters where `plain.collected` reads lines.

It sees by itself what the commonest lines say, and asks `lines` what all others do; what is not sure there is not sure
here. What no rule looks at it checks without making data of it, and reads it like the rest where that is not enough to
be sure. Tests hold the two passes together.
"""

from cpython.dict cimport PyDict_SetDefault
from cpython.ref cimport PyObject
from cpython.unicode cimport PyUnicode_1BYTE_KIND, PyUnicode_DATA, PyUnicode_KIND, PyUnicode_Substring
from libc.string cimport memchr, memcmp

from vela_steps.locate.lines import BLOCK, EMPTY, KNOWN, NOTHING, VALUE, line_read, scalar_text
from vela_steps.locate.outline import UNREAD, UNREAD_KEYS
from vela_steps.locate.recent import remember
from vela_steps.locate.values import LONGEST_WORD, plain_value

cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object text)

include "compiled_lines.pxi"
include "compiled_unread.pxi"

cdef enum:
    DEEPEST_PART = 3  # as in `plain`
    SLOTS = 4096

assert MOST_OPEN > 2 * (deepest + 3)  # a mapping and a sequence for each column, that of a key behind a dash too

cdef int longest_word = LONGEST_WORD
cdef frozenset unread_keys = UNREAD_KEYS
cdef dict known_lines = KNOWN
cdef list slots = [None] * SLOTS  # keys that were met before, by the hash of their characters
cdef dict values = {}  # what short or numeric scalars say
cdef dict KINDS = {EMPTY: NO_VALUE, NOTHING: SKIPPED, BLOCK: HEADER, VALUE: PLAIN}


cdef int slot_of(Text text, Py_ssize_t at, Py_ssize_t end) noexcept nogil:
    """Where a key would be among those that were met before."""
    cdef unsigned int hashed = 5381
    while at < end:
        hashed = hashed * 33 + text[at]
        at += 1
    return hashed % SLOTS


# A dict finds a key by the very text that it has before it compares characters: these are the texts that rules ask for.
cdef str _name
for _name in (
    "apiVersion", "kind", "metadata", "name", "namespace", "labels", "annotations", "spec", "components", "type",
    "properties", "traits", "dependsOn", "policies", "workflow", "mode", "steps", "subSteps",
):
    slots[slot_of(<Text>PyUnicode_DATA(_name), 0, len(_name))] = _name


cdef str key_of(str source, Text text, Line* line):
    """A key's text: the one that was there before, where it is the same."""
    cdef Py_ssize_t length = line.key_end - line.key
    cdef int slot = slot_of(text, line.key, line.key_end)
    cdef str known = slots[slot]
    if known is not None and len(known) == length:
        if memcmp(PyUnicode_DATA(known), text + line.key, length) == 0:
            return known
    known = PyUnicode_Substring(source, line.key, line.key_end)
    slots[slot] = known
    return known


cdef object value_of(str source, Text text, Line* line):
    cdef str written = PyUnicode_Substring(source, line.value, line.value_end)
    if line.kind != PLAIN:
        return written
    if line.value_end - line.value > longest_word and not b"+" <= text[line.value] <= b"9":  # + , - . / 0 to 9
        return written
    value = values.get(written, values)
    return remember(values, written, plain_value(written), 8_000) if value is values else value


cdef tuple block_of(str source, Text text, Py_ssize_t at, str header, Py_ssize_t column):
    """The value of a block scalar whose lines begin at an offset, and the offset behind it; None: not sure."""
    cdef Py_ssize_t indent = 0
    cdef Py_ssize_t end = block_end(text, at, len(source), column, &indent)
    if end < 0:
        return None
    lines = PyUnicode_Substring(source, at, end - 1).split("\n")
    return scalar_text(header, [line[indent:] for line in lines]), end


cdef class Pass:
    """The state of one pass: the text, the line that was read, and the collections that are open, the root first."""

    cdef str source, last
    cdef bytes seen
    cdef Text text
    cdef Line line
    cdef object found  # the outline
    cdef PyObject* tops[MOST_OPEN]  # the tree, `unread` and the outline hold what these three point to
    cdef PyObject* open_parts[DEEPEST_PART + 1]
    cdef PyObject* open_starts[DEEPEST_PART + 1]  # of these parts: mypyc's attributes cost more to get
    cdef int columns[MOST_OPEN]
    cdef int depth
    cdef object top, part, key, value  # of the innermost collection, and of the line
    cdef list starts  # the part's
    cdef object components  # the list of them, once it is open, unless it is read as a whole
    cdef object unread  # the collection that has UNREAD in its place
    cdef bint whole
    cdef Py_ssize_t column, step, deeper
    cdef bint waiting  # right behind a key without a value, which the next line may give it

    def __init__(self, found, str source, Py_ssize_t column, bint whole):
        self.found, self.source, self.whole = found, source, whole
        if PyUnicode_IS_ASCII(source):
            self.text = <Text>PyUnicode_DATA(source)
        else:
            self.seen = seen_as(source)
            self.text = self.seen
        self.depth, self.step, self.deeper, self.waiting = 0, 0, -1, False
        root = {}
        self.go_in(root, column, found.begin(root, column, None))

    cdef void go_in(self, object new, Py_ssize_t column, object part):
        """Open a collection; lines of at most `deepest` columns open no more than there is room for."""
        self.top, self.column, self.part = new, column, part
        self.starts = None if part is None else part.starts
        self.tops[self.depth] = <PyObject*>new
        self.columns[self.depth] = column
        if self.depth <= DEEPEST_PART:
            self.open_parts[self.depth] = <PyObject*>part
            self.open_starts[self.depth] = <PyObject*>self.starts
        self.depth += 1

    cdef bint go_out(self):
        """Close the innermost collection; False where it was the root."""
        cdef int last
        self.depth -= 1
        if self.depth == 0:
            return False
        last = self.depth - 1
        self.top, self.column = <object>self.tops[last], self.columns[last]
        if last <= DEEPEST_PART:
            self.part, self.starts = <object>self.open_parts[last], <list>self.open_starts[last]
        return True

    cdef void give(self, object new, Py_ssize_t column):
        """The key above gets its collection."""
        cdef object part = None
        if self.is_unread():
            (<dict>self.top)[self.last], self.unread = UNREAD, new
        else:
            (<dict>self.top)[self.last] = new
            if self.is_components(new):
                self.components = new
        if self.part is not None and self.depth <= DEEPEST_PART:
            part = self.found.begin(new, column, self.part)
        self.go_in(new, column, part)

    cdef bint is_components(self, object new):
        """Whether a new collection is the list of `spec.components`, and what no rule looks at is not read."""
        if self.whole or self.depth != 2 or type(new) is not list or self.last != "components":
            return False
        return (<dict>self.tops[0]).get("spec") is self.top

    cdef bint is_unread(self):
        """Whether no rule looks at the collection under the last key."""
        if self.depth != 4 or <object>self.tops[2] is not self.components:
            return False
        return self.last in unread_keys

    cdef Py_ssize_t behind_unread(self, Py_ssize_t at):
        """The offset behind a collection under the last key, which begins at an offset; -1 where there is none, or
        where its lines have to be read to be sure of them."""
        cdef Skim skim
        cdef Py_ssize_t behind = -1, length = len(self.source)
        skim.depth, skim.many, skim.waiting = 0, 0, True
        open_one(&skim, self.column, False)
        while at < length:
            read_line(self.text, at, &self.line)
            if self.line.kind == ODD and not self.find_key(at):
                return -1
            if self.line.kind == SKIPPED:
                at = self.line.end + 1
                continue
            if not skim_place(&skim, &self.line):
                return -1
            if skim.depth == 1:
                break
            at = behind = skim_line(&skim, self.text, length, &self.line)
            if at < 0:
                return -1
        return behind

    cdef Py_ssize_t pass_over(self, Py_ssize_t at):
        """Go on behind a collection under the last key, which begins at an offset; there, if it has to be read."""
        cdef Py_ssize_t behind = self.behind_unread(at)
        if behind < 0:
            return at
        (<dict>self.top)[self.last], self.waiting = UNREAD, False
        return behind

    cdef bint find_key(self, Py_ssize_t at):
        """Ask `lines` what the line at an offset says, and find its key in the text; False where one is not sure."""
        cdef Line* line = &self.line
        if not self.ask(at):
            return False
        line.key = at + line.at
        line.key_end = 0
        if self.key is None:
            return True
        if self.text[line.key] == b"'" or self.text[line.key] == b'"':
            line.key += 1
        line.key_end = line.key + len(<str>self.key)
        return PyUnicode_IS_ASCII(self.key)  # others are not told apart by their bytes

    cdef bint read(self, Py_ssize_t at):
        """Read the line at an offset; False where nobody is sure what it says."""
        cdef Line* line = &self.line
        read_line(self.text, at, line)
        if line.kind == ODD:
            return self.ask(at)
        if line.kind == SKIPPED:
            return True
        if line.key_end - line.key > longest_key:
            return False
        self.key = key_of(self.source, self.text, line) if line.key_end else None
        self.value = None if line.kind == NO_VALUE else value_of(self.source, self.text, line)
        return True

    cdef bint ask(self, Py_ssize_t at):
        """Ask `lines` what the line at an offset says."""
        cdef Line* line = &self.line
        cdef str written
        line.end = <Text>memchr(self.text + at, b"\n", len(self.source) - at) - self.text
        written = PyUnicode_Substring(self.source, at, line.end)
        entry = known_lines.get(written) or line_read(written)
        if entry is None:
            return False
        line.at, line.dash, self.key, kind, self.value = entry
        line.kind = KINDS[kind]
        return True

    cdef bint find_place(self):
        """Open and close collections until the innermost is the one that the line belongs to."""
        cdef Line* line = &self.line
        cdef Py_ssize_t own = line.at if line.dash < 0 else line.dash
        if own > self.column and line.dash < 0:
            if not self.waiting or type(self.top) is list:
                return False
            self.step = self.step or line.at - self.column
            self.give({}, line.at)
        elif own < self.column:
            self.waiting = False
            while own < self.column:
                if not self.go_out():
                    return False
        if line.dash < 0:
            if type(self.top) is list:  # its dashes stand at the column of the key that it is the value of
                self.go_out()
            return self.column == line.at
        if type(self.top) is list:
            return self.column == line.dash
        if not self.waiting:
            return False
        if self.deeper < 0:
            self.deeper = line.dash - self.column
        self.give([], line.dash)
        return True

    cdef Py_ssize_t put(self, Py_ssize_t start):
        """Put what the line says where it belongs; the offset of the next line, -1 where that is not sure."""
        cdef tuple block
        cdef Py_ssize_t following = self.line.end + 1
        if self.line.dash >= 0:
            if self.starts is not None:
                self.starts.append(start)
            if self.key is None:
                (<list>self.top).append(self.value)
                self.waiting = False
                return following
            new = {}
            (<list>self.top).append(new)
            self.go_in(new, self.line.at, None)
        if self.key is None:
            return -1
        if self.starts is not None:
            self.starts.append(start)
        if self.line.kind == HEADER:
            block = block_of(self.source, self.text, following, self.value, self.line.at)
            if block is None:
                return -1
            self.value, following = block
        if not self.added():
            return -1
        self.last, self.waiting = self.key, self.line.kind == NO_VALUE
        return following

    cdef bint added(self):
        """Whether the line's key is a new one of its mapping, in which it stands from now on."""
        cdef dict mapping = self.top
        cdef Py_ssize_t before = len(mapping)
        PyDict_SetDefault(mapping, self.key, self.value)
        return len(mapping) > before


def collected(found, str text, Py_ssize_t start, Py_ssize_t column, bint whole):
    """What `plain.collected` does; the text ends with a line break."""
    cdef Pass reading = Pass(found, text, column, whole)
    cdef Py_ssize_t at = start, length = len(text)
    found.data = reading.top
    while at < length:
        if not reading.read(at):
            return False
        if reading.line.kind == SKIPPED:
            at = reading.line.end + 1
        elif not reading.find_place():
            return False
        else:
            at = reading.put(at)
            if at < 0:
                return False
            if reading.waiting and reading.is_unread():
                at = reading.pass_over(at)
    found.step, found.dash = reading.step, reading.deeper
    return len(found.parts[0].starts) > 0


def markers(str text, Py_ssize_t start):
    """What `documents.markers` does."""
    cdef list found = []
    cdef bytes seen
    cdef Text first, at, end
    cdef Py_ssize_t passed = 0
    if PyUnicode_KIND(text) == PyUnicode_1BYTE_KIND:
        first = <Text>PyUnicode_DATA(text)
    else:
        seen = text.encode("latin-1", "replace")  # a byte for each character: markers are ASCII
        first = seen
    end = first + len(text)
    at = behind_break(first + start, end)
    while at is not NULL:
        passed += 1
        if is_marker(at, end):
            found.append((at - first, passed))
        at = behind_break(at, end)
    return found


cdef Text behind_break(Text at, Text end) noexcept nogil:
    """What stands behind the next line break, NULL where there is none."""
    at = <Text>memchr(at, b"\n", end - at)
    return at + 1 if at is not NULL else NULL


cdef bint is_marker(Text at, Text end) noexcept nogil:
    """Whether a line is a document marker."""
    if (at[0] != b"-" and at[0] != b".") or end - at < 3 or at[1] != at[0] or at[2] != at[0]:
        return False
    return end - at == 3 or at[3] == b" " or at[3] == b"\t" or at[3] == b"\r" or at[3] == b"\n"
