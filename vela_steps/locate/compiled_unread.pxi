"""A collection that no rule looks at: its lines are checked without making data of them; part of `compiled.pyx`."""

cdef enum:
    MOST_OPEN = 128  # more than a mapping and a sequence for each column
    MOST_KEYS = 128  # of all mappings that are open and not read: each new one is compared with those of its mapping

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


cdef void open_one(Skim* skim, Py_ssize_t column, bint is_sequence) noexcept nogil:
    """Open a collection; there is room for as many as `Pass.go_in` opens."""
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
