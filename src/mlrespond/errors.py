"""The errors of mlrespond: one tree, each with a code that never changes and a way out.

Error
├── UsageError                 the command line asks for something that cannot be
│   └── InvalidInputError      a file, an argument or an answer is not valid
├── HeldError                  another run or person holds what we need
├── StalePlanError             the world moved since the plan was made
├── WaitingError               nothing can be done before a person, a time or a pipeline
├── InterruptedRunError        a signal stopped us; the run can be resumed
├── TimelineError              the incident timeline
│   ├── ConflictError          somebody appended first: read, fold, decide again
│   ├── FencedError            a newer epoch drives this run
│   ├── AlreadySettledError    what may happen once has happened
│   ├── RefusedAppendError     the database refuses the event (a bug, or tampering)
│   ├── UnwritableError        the database cannot be written now
│   ├── UnreadableError        the database cannot be read
│   └── NotRecordedError       no such incident, event or evidence
└── PortError                  a system that we talk to
    ├── UnreachableError       nothing was sent
    ├── NoAnswerError          sent, but no answer in time
    ├── BadReplyError          an answer that makes no sense
    ├── RejectedError          an answer that says no
    ├── AccessRefusedError     an answer that says: not you
    ├── NotThereError          an answer that says: no such thing
    └── UnsupportedError       this system cannot do that
"""

from __future__ import annotations

from typing import ClassVar

EXIT_BUG = 3


class Error(Exception):
    """Any error of ours: a message, and a hint that says what can be done now."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(Error):
    """The command line asks for something that cannot be."""

    code = "usage"
    exit_code = 2


class InvalidInputError(UsageError):
    """A file, an argument or an answer is not valid."""

    code = "invalid-input"


class HeldError(Error):
    """Another run or person holds what we need."""

    code = "held"
    exit_code = 6


class StalePlanError(Error):
    """The world moved since the plan was made."""

    code = "stale-plan"
    exit_code = 5


class WaitingError(Error):
    """Nothing can be done before a person answers, a time comes or a pipeline ends."""

    code = "waiting"
    exit_code = 8


class InterruptedRunError(Error):
    """A signal stopped us at a safe point; the run can be resumed."""

    code = "interrupted"
    exit_code = 130


class TimelineError(Error):
    """The incident timeline could not do what was asked."""

    code = "timeline"


class ConflictError(TimelineError):
    """Somebody appended to the stream first: read, fold and decide again."""

    code = "conflict"
    exit_code = 6


class FencedError(TimelineError):
    """A newer epoch drives this run; this process must stop acting."""

    code = "fenced"
    exit_code = 6


class AlreadySettledError(TimelineError):
    """What may be recorded once has been recorded."""

    code = "already-settled"


class RefusedAppendError(TimelineError):
    """The database refuses the event: a bug here, or somebody changed the file."""

    code = "refused-append"
    exit_code = EXIT_BUG


class UnwritableError(TimelineError):
    """The timeline's database cannot be written now."""

    code = "unwritable"


class UnreadableError(TimelineError):
    """The timeline's database cannot be read."""

    code = "unreadable"


class NotRecordedError(TimelineError):
    """The timeline has no such incident, event or evidence."""

    code = "not-recorded"
    exit_code = 2


class PortError(Error):
    """A system that we talk to did not do what was asked.

    `definite` is true when what was asked has certainly not happened.
    """

    code = "port"
    definite: ClassVar[bool] = False


class UnreachableError(PortError):
    """Nothing was sent: no address, no connection, no process."""

    code = "unreachable"
    definite = True


class NoAnswerError(PortError):
    """It was sent, but no whole answer came in time."""

    code = "no-answer"


class BadReplyError(PortError):
    """An answer came that makes no sense."""

    code = "bad-reply"


class RejectedError(PortError):
    """An answer came that says no."""

    code = "rejected"
    definite = True


class AccessRefusedError(PortError):
    """An answer came that says: not with these credentials."""

    code = "access-refused"
    exit_code = 4
    definite = True


class NotThereError(PortError):
    """An answer came that says: there is no such thing."""

    code = "not-there"
    definite = True


class UnsupportedError(PortError):
    """This kind of system cannot do what was asked."""

    code = "unsupported"
    definite = True
