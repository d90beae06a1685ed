"""What every runner of commands must do. Subclass, and define the fixtures below.

`commands` is the runner; each of the others is an argument list: `echo` writes `hello` to stdout
and `aside` to stderr, `failing` writes `no` to stderr and exits with 3, `endless` does not end,
`missing` does not exist.
"""

from __future__ import annotations

import pytest

from mlrespond.errors import PortError, UnreachableError
from mlrespond.ports.service import Commands


class CommandsContract:
    """A command ends by itself or at its deadline, and says how."""

    def test_what_a_command_says_is_its_output(self, commands: Commands, echo: list[str]) -> None:
        done = commands.run(echo, {}, 20)

        assert (done.code, done.out.strip(), done.timed_out) == (0, "hello", False)

    def test_a_command_that_fails_says_why(self, commands: Commands, failing: list[str]) -> None:
        done = commands.run(failing, {}, 20)

        assert done.code == 3
        assert "no" in done.out

    def test_at_the_deadline_it_is_over(self, commands: Commands, endless: list[str]) -> None:
        done = commands.run(endless, {}, 0.3)

        assert done.timed_out
        assert done.code != 0

    def test_what_does_not_exist_was_not_started(
        self, commands: Commands, missing: list[str]
    ) -> None:
        with pytest.raises(UnreachableError):
            commands.run(missing, {}, 20)

    @pytest.mark.parametrize("args", [[], ["a\0b"]])
    def test_what_is_no_command_was_not_started(self, commands: Commands, args: list[str]) -> None:
        with pytest.raises(PortError) as raised:
            commands.run(args, {}, 20)

        assert raised.value.definite
