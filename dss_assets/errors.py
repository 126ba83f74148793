"""The two ways in which a step can fail. Where a fault arises it is known whether waiting helps."""


class Fault(Exception):
    """A step could not be done; the text says what was attempted, on what, what was found and expected."""


class InvalidFile(Fault):
    """The file itself is wrong: it stays failed until the publisher offers another version or a person acts."""


class NoRows(InvalidFile):
    """The file has no rows, which is taken for a mistake."""


class WrongHeader(InvalidFile):
    """The header of the file is not as its dataset declares it."""


class TransientError(Fault):
    """Something that we depend on did not do its part: the step is tried again, later and later."""
