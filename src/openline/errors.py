"""One family of errors. Refused, invalid and unverifiable are three things, and never one another.

Each names, as far as it is known: party, message, field, clause and remedy, so that whoever reads it (a
person, a script, the other node) knows whose move it is.
"""


class OpenlineError(Exception):
    """The base of all errors that Openline raises on purpose.

    code: a stable word in kebab-case, for scripts; it never changes its meaning. text: one sentence for
    people. party, message, field, clause, remedy: whose, which message or file, which field (dotted path),
    which clause of accord or standard, and what to do about it.
    """

    word = "error"

    def __init__(
        self,
        code: str,
        text: str,
        *,
        party: str | None = None,
        message: str | None = None,
        field: str | None = None,
        clause: str | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text
        self.party = party
        self.message = message
        self.field = field
        self.clause = clause
        self.remedy = remedy

    def __str__(self) -> str:
        where = [f"{name} {value}" for name, value in self._places() if value]
        place = f" [{', '.join(where)}]" if where else ""
        remedy = f" Remedy: {self.remedy}" if self.remedy else ""
        return f"{self.word}: {self.code}: {self.text}{place}{remedy}"

    def _places(self) -> tuple[tuple[str, str | None], ...]:
        return (
            ("party", self.party),
            ("message", self.message),
            ("field", self.field),
            ("clause", self.clause),
        )

    def as_dict(self) -> dict[str, str]:
        """For ``--json`` and HTTP bodies; what is not known is left out."""
        named = {"error": self.word, "code": self.code, "text": self.text, "remedy": self.remedy}
        return {name: value for name, value in {**named, **dict(self._places())}.items() if value}

    def within(
        self, *, field: str | None = None, message: str | None = None, party: str | None = None
    ) -> "OpenlineError":
        """The same error seen from further out: a field gets its parent's name in front."""
        if field:
            self.field = f"{field}.{self.field}" if self.field else field
        self.message = self.message or message
        self.party = self.party or party
        return self


class Invalid(OpenlineError):
    """It is not well formed, or contradicts itself or a rule that holds for everyone. Send it corrected."""

    word = "invalid"


class Refused(OpenlineError):
    """It is well formed and understood, and the accord, the standing of others or the state forbids it."""

    word = "refused"


class Unverifiable(OpenlineError):
    """Nobody can say whose it is or whether it is whole: key, signature, chain or number does not fit."""

    word = "unverifiable"


class LimitExceeded(Invalid):
    """A named limit was met. ``clause`` names the limit."""

    word = "invalid"


class NotFound(Refused):
    """What was named is not here."""

    word = "not-found"


class Unavailable(OpenlineError):
    """It can be done, but not now: recovering, no session, disk full. Nothing was stored; try again."""

    word = "unavailable"
