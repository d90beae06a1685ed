"""The facts of a postmortem, gathered from the timeline alone; every figure names its event."""

from mlrespond.usecases.postmortem.gather import Postmortem, gather

__all__ = ["Postmortem", "gather"]
