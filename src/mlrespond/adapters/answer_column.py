"""Columns of a log that hold a generated text, or what a judge says of it."""

from __future__ import annotations

from pydantic import Field, model_validator

from mlrespond.judgment.json_schema_form import understood
from mlrespond.model.authored import Authored
from mlrespond.model.json import Json
from mlrespond.model.judge_objective import LOSS, TIE, UNREAD, WIN


class Text(Authored):
    """Where a generated text is, and what is told of it."""

    column: str = Field(description="The column with the text")
    finish: str | None = Field(default=None, description="The column with the finish reason")
    as_json: bool = Field(default=False, alias="json", description="Whether it should be JSON")
    fits: dict[str, Json] | None = Field(
        default=None,
        alias="schema",
        description="The JSON Schema that it should fit, as YAML: text.schema_violation counts "
        "what does not",
    )

    @model_validator(mode="after")
    def _understood(self) -> Text:
        wrong = "" if self.fits is None else understood(self.fits)
        if wrong:
            raise ValueError(f"the schema cannot be checked: {wrong}")
        return self


class Judge(Authored):
    """Where a judge's verdict stands, on a pair of answers to the same input."""

    column: str = Field(description="The column with the verdict on the answer that was served")
    win: list[str] = Field(default=["win"], description="Words for: it is the better one")
    tie: list[str] = Field(default=["tie"], description="Words for: neither is")
    loss: list[str] = Field(default=["loss"], description="Words for: the other one is")

    @model_validator(mode="after")
    def _apart(self) -> Judge:
        words = [*self.win, *self.tie, *self.loss]
        twice = sorted({one for one in words if words.count(one) > 1})
        if twice:
            raise ValueError(f"`{twice[0]}` stands for two verdicts")
        return self

    def flags(self, value: Json) -> dict[str, bool]:
        """Return what a verdict says; one in other words is unread, and a null says nothing."""
        if value is None:
            return {}
        told = {WIN: value in self.win, TIE: value in self.tie, LOSS: value in self.loss}
        known = any(told.values())
        return {UNREAD: not known, **(told if known else {})}
