"""Who may answer a question: the people it names, and not its asker, where it says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlrespond.model.event import Actor
from mlrespond.model.run_kind import QuestionAsked


def may_answer(
    question: QuestionAsked,
    actor: Actor,
    requester: Actor,
    teams: Mapping[str, Sequence[str]],
) -> str:
    """Return why somebody may not answer a question, or nothing.

    `teams` maps a team to its members. A name that is no team is a person.
    """
    if question.not_self and actor.handle == requester.handle:
        return f"{actor.handle} asked for this run, and it must be somebody else"
    allowed = {person for name in question.by for person in teams.get(name, (name,))}
    if question.by and actor.handle not in allowed:
        named = ", ".join(question.by)
        return f"{actor.handle} is not of {named} ({', '.join(sorted(allowed)) or 'nobody'})"
    return ""
