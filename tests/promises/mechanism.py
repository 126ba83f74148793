"""A mechanism that keeps a promise: where it is, how it is taken out, and the test that fails then."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism:
    """`text` stands once in `file`; with `replacement` in its place the promise is broken, and `test` must fail.

    `promise` is a row of the table in docs/architecture.md.
    """

    promise: str
    file: str
    text: str
    replacement: str
    test: str

    def taken_out_of(self, source: str) -> str:
        """The file's source without the mechanism. Raises ValueError where its text is not there once."""
        if source.count(self.text) != 1:
            raise ValueError(f"{self.file} holds {source.count(self.text)} times, not once: {self.text!r}")
        return source.replace(self.text, self.replacement)
