"""What the predictions of a service look like over a window, counted, and kept under a name."""

from __future__ import annotations

from datetime import datetime

from mlrespond.errors import NotThereError, UsageError
from mlrespond.model.reading import Profile, Window
from mlrespond.usecases.app import App
from mlrespond.usecases.context import plain_definition


def profile(
    app: App,
    service: str,
    since: datetime,
    until: datetime,
    version: str | None = None,
    keep: str | None = None,
) -> Profile:
    """Return the profile of a window as a baseline has it, and keep it if it has a name.

    Raises UsageError for a window that is none, NotThereError if nothing was logged in it.
    """
    if until <= since:
        raise UsageError("the window ends before it begins", hint="give --since before --until")
    ports = app.ports(service, plain_definition(app.service(service)))
    found = ports.predictions.profile(Window(since=since, until=until), version)
    if not found.n:
        of = f" of version {version}" if version else ""
        raise NotThereError(
            f"no predictions{of} were logged from {since:%Y-%m-%dT%H:%MZ} to {until:%H:%MZ}",
            hint="see `predictions` in mlir.yaml, and --since",
        )
    if keep is not None:
        ports.profiles.keep(keep, found)
    return found
