# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""The pass over the lines of a plain document, compiled: it reads characters where `plain.collected` reads lines.

It sees by itself what the commonest lines say, and asks `lines` what all others do; what is not sure there is not sure
here. What no rule looks at it checks without making data of it, and reads it like the rest where that is not enough to
be sure. Tests hold the two passes together.

It looks at one byte for each character: an ASCII character itself, or what another one is. The text ends with a line
break, at which every loop over characters stops; behind it stands a NUL, so that one more may be looked at.
"""

from cpython.dict cimport PyDict_SetDefault
from cpython.ref cimport PyObject
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.unicode cimport PyUnicode_1BYTE_KIND, PyUnicode_DATA, PyUnicode_KIND, PyUnicode_Substring
from libc.string cimport memchr, memcmp

from vela_steps.locate.lines import BLOCK, EMPTY, KNOWN, LONGEST, NOTHING, VALUE, line_read, scalar_text
from vela_steps.locate.one_line import LONGEST_KEY
from vela_steps.locate.outline import UNREAD, UNREAD_KEYS
from vela_steps.locate.recent import remember
from vela_steps.locate.values import LONGEST_WORD, plain_value

cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object text)

ctypedef const unsigned char* Text

cdef enum:
    NO_VALUE, PLAIN, QUOTED, HEADER, SKIPPED, ODD  # what stands on a line
    DEEPEST = 50  # columns, as in `lines`
    MOST_OPEN = 128  # more than a mapping and a sequence for each column
    DEEPEST_PART = 3  # as in `plain`
    MOST_KEYS = 128  # of all mappings that are open and not read: each new one is compared with those of its mapping
    SLOTS = 4096
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

cdef struct Key:
    Py_ssize_t at, length

cdef struct Open:
    Py_ssize_t column
    int first_key  # of a mapping: where its keys begin among those of all
    bint is_sequence

cdef struct Skim:  # of a collection that is not read
    Open open[MOST_OPEN]  # the mapping that it stands in, itself, and what is open in it
    Key keys[MOST_KEYS]
    int depth, many  # how many there are of the two
    bint waiting  # as in `Pass`

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

cdef int longest_word = LONGEST_WORD
cdef Py_ssize_t longest_line = LONGEST, longest_key = LONGEST_KEY
cdef frozenset unread_keys = UNREAD_KEYS
cdef dict known_lines = KNOWN
cdef list slots = [None] * SLOTS  # keys that were met before, by the hash of their characters
cdef dict values = {}  # what short or numeric scalars say
cdef dict KINDS = {EMPTY: NO_VALUE, NOTHING: SKIPPED, BLOCK: HEADER, VALUE: PLAIN}


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
    if line.at > DEEPEST:
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


cdef tuple block_of(str source, Text text, Py_ssize_t at, str header, Py_ssize_t column):
    """The value of a block scalar whose lines begin at an offset, and the offset behind it; None: not sure."""
    cdef Py_ssize_t indent = 0
    cdef Py_ssize_t end = block_end(text, at, len(source), column, &indent)
    if end < 0:
        return None
    lines = PyUnicode_Substring(source, at, end - 1).split("\n")
    return scalar_text(header, [line[indent:] for line in lines]), end


cdef void open_one(Skim* skim, Py_ssize_t column, bint is_sequence) noexcept nogil:
    """Open a collection: for their number goes what does for `Pass.go_in`."""
    cdef Open* new = &skim.open[skim.depth]
    new.column, new.is_sequence, new.first_key = column, is_sequence, skim.many
    skim.depth += 1


cdef Open* without_last(Skim* skim) noexcept nogil:
    """The collection that is the innermost when the last one is closed."""
    skim.depth -= 1
    skim.many = skim.open[skim.depth].first_key
    return &skim.open[skim.depth - 1]


cdef bint skim_place(Skim* skim, Line* line) noexcept nogil:
    """What `Pass.find_place` does; a line behind the collection closes all but the mapping that this stands in."""
    cdef Open* top = &skim.open[skim.depth - 1]
    cdef Py_ssize_t own = line.at if line.dash < 0 else line.dash
    if own > top.column and line.dash < 0:
        if not skim.waiting or top.is_sequence:
            return False
        open_one(skim, line.at, False)
        return True
    if own < top.column:
        skim.waiting = False
        while own < top.column and skim.depth > 1:
            top = without_last(skim)
    if line.dash < 0:
        if top.is_sequence:
            top = without_last(skim)
        return top.column == line.at or skim.depth == 1
    if top.is_sequence:
        return top.column == line.dash
    if not skim.waiting:
        return skim.depth == 1
    open_one(skim, line.dash, True)
    return True


cdef bint is_new(Skim* skim, Text text, Line* line) noexcept nogil:
    """Whether the line's key is a new one of its mapping, which has it from now on; False as well for one of many."""
    cdef int number
    cdef Key* key
    cdef Py_ssize_t length = line.key_end - line.key
    if skim.many == MOST_KEYS:
        return False
    for number in range(skim.open[skim.depth - 1].first_key, skim.many):
        key = &skim.keys[number]
        if key.length == length and memcmp(text + key.at, text + line.key, length) == 0:
            return False
    key = &skim.keys[skim.many]
    key.at, key.length = line.key, length
    skim.many += 1
    return True


cdef Py_ssize_t skim_line(Skim* skim, Text text, Py_ssize_t length, Line* line) noexcept nogil:
    """The offset behind what a line of the collection says; -1 where that is not sure."""
    cdef Py_ssize_t indent, following = line.end + 1
    if line.dash >= 0:
        skim.waiting = False
        if not line.key_end:
            return following
        open_one(skim, line.at, False)
    if not line.key_end or line.key_end - line.key > longest_key or not is_new(skim, text, line):
        return -1
    skim.waiting = line.kind == NO_VALUE
    return block_end(text, following, length, line.at, &indent) if line.kind == HEADER else following


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
        """Open a collection; a line of at most DEEPEST columns opens no more than there is room for."""
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
        """What `plain._is_unread` says of a collection under the last key."""
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
