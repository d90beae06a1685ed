"""`escalate`, `notify`, `command`, `http` and `wait`: once each, and what comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.marks import INCIDENT, RUN
from tests.rig import Rig, rig
from tests.verbs.seen import act, context, done, look, no_target, planned, read

from mlrespond.errors import BadReplyError, NoAnswerError, RejectedError, UnreachableError
from mlrespond.model.json import Json
from mlrespond.model.reading import Acknowledged, Finished, Reply
from mlrespond.model.spec import Pace
from mlrespond.testing.clock import START
from mlrespond.testing.fake_outside import FakeCommands, FakeWeb
from mlrespond.verbs.interface import Again, Past, StepContext
from mlrespond.verbs.table import verb


class TestEscalate:
    def test_one_page_a_level_and_the_first_that_is_taken_is_enough(self) -> None:
        plan = planned(context(rig()), "escalate", {})

        assert plan.mode == "first"
        assert [(one.target, one.settle, one.undoable) for one in plan.actions] == [
            ("payments-ml", "keyed", False),
            ("cto", "keyed", False),
        ]
        assert [one.verify.within_s for one in plan.actions if one.verify] == [300.0, 600.0]
        assert plan.actions[1].summary == "page cto (phone +1 555 0100)"

    def test_it_says_the_incident_unless_told_what_to_say(self) -> None:
        ctx = context(rig())

        plain, told = planned(ctx, "escalate", {}), planned(ctx, "escalate", {"say": "help"})

        assert plain.actions[0].after == {
            "to": "payments-ml",
            "text": "[INC-0001] SEV2 fraud-scorer: it misbehaves",
        }
        assert told.actions[0].after == {"to": "payments-ml", "text": "[INC-0001] help"}

    def test_to_somebody_named_instead_of_the_policy(self) -> None:
        plan = planned(context(rig()), "escalate", {"to": "ben", "wait": "none"})

        assert [one.target for one in plan.actions] == ["ben"]
        assert plan.actions[0].verify is not None
        assert plan.actions[0].verify.consecutive == 0

    def test_without_a_policy_there_is_nobody(self) -> None:
        here = rig(service={"escalation": []})

        assert "nobody was paged" in no_target(context(here), "escalate", {}).reason

    def test_a_target_is_paged_once_an_incident(self) -> None:
        here = rig()
        ctx = context(here)
        action = planned(ctx, "escalate", {}).actions[0]

        act(ctx, "escalate", {}, action)
        act(replace(ctx, step="other", run="INC-0001.2"), "escalate", {}, action)

        assert here.effects() == [f"page {INCIDENT}:payments-ml payments-ml"]

    def test_taken_at_the_pager(self) -> None:
        here = rig()
        ctx = context(here)
        action = planned(ctx, "escalate", {}).actions[0]
        assert read(ctx, "escalate", {}, action).where == "pending"

        here.world.look().acks[f"{INCIDENT}:payments-ml"] = "ben"

        found = read(ctx, "escalate", {}, action)
        assert found.where == "reached"
        assert found.yields["acked_by"] == "ben"

    def test_taken_with_mlir_ack_after_the_page(self) -> None:
        ctx = context(rig())
        action = planned(ctx, "escalate", {}).actions[0]

        def taken(seconds: float) -> str:
            at = START + timedelta(seconds=seconds)
            known = replace(ctx.incident, acknowledged=Acknowledged(by="ana", at=at))
            return read(replace(ctx, incident=known), "escalate", {}, action).where

        assert (taken(-60), taken(60)) == ("pending", "reached")

    def test_a_pager_that_fails_names_whom_to_phone(self) -> None:
        here = rig()
        ctx = context(here)
        cto = planned(ctx, "escalate", {}).actions[1]
        here.world.look().broken["pager"] = "it is down"

        assert read(ctx, "escalate", {}, cto).where == "unreadable"
        with pytest.raises(UnreachableError, match=r"it is down; phone cto: \+1 555 0100"):
            act(ctx, "escalate", {}, cto)


MESSAGE: Json = {"to": "ops", "say": "we are on it"}


class TestNotify:
    def test_a_message_is_posted_once_a_step_and_a_round(self) -> None:
        here = rig()
        ctx = context(here)
        (action,) = planned(ctx, "notify", MESSAGE).actions

        for known in (ctx, ctx, replace(ctx, round=2)):
            act(known, "notify", MESSAGE, action)

        assert here.world.look().posts == {
            f"{RUN}:go": "ops: [INC-0001] we are on it",
            f"{RUN}:go.2": "ops: [INC-0001] we are on it",
        }

    def test_a_message_and_a_page_end_with_the_timelines_head(self) -> None:
        here = rig()
        known = context(here)
        ctx = replace(known, incident=replace(known.incident, head="5c0e734f9b1d2a3b" + "0" * 48))
        (message,) = planned(ctx, "notify", MESSAGE).actions
        page = planned(ctx, "escalate", {"say": "help"}).actions[0]

        act(ctx, "notify", MESSAGE, message)
        act(ctx, "escalate", {"say": "help"}, page)

        assert list(here.world.look().posts.values()) == [
            "ops: [INC-0001] we are on it (timeline 5c0e734f9b1d2a3b)"
        ]
        assert list(here.world.look().pages.values()) == [
            "payments-ml: [INC-0001] help (timeline 5c0e734f9b1d2a3b)"
        ]

    def test_there_is_nothing_to_prove_and_nothing_to_undo(self) -> None:
        (action,) = planned(context(rig()), "notify", MESSAGE).actions

        assert action.verify is not None
        assert (action.verify.consecutive, action.undoable) == (0, False)


class Ending(FakeCommands):
    """Commands that end as they are told to."""

    def __init__(self, here: Rig, finished: Finished) -> None:
        super().__init__(here.world)
        self._finished = finished

    def run(self, *_: object) -> Finished:
        return self._finished


def ending(finished: Finished) -> StepContext:
    here = rig()
    ctx = context(here)
    return replace(ctx, ports=replace(ctx.ports, commands=Ending(here, finished)))


PROBE: Json = {"args": ["probe", "-v"], "effect": "read"}


SETTING: Json = {"args": ["set", "flag"], "effect": "change", "env": {"WHO": "env:TOKEN"}}


class TestCommand:
    def test_a_reading_one_yields_what_it_printed(self) -> None:
        found = done(ending(Finished(code=0, out="7\n")), "command", PROBE)

        assert found.yields == {"out": "7\n", "code": 0}

    def test_json_is_read_where_it_is_asked_for(self) -> None:
        body: Json = {"args": ["probe"], "effect": "read", "json": True}

        found = done(ending(Finished(code=0, out='{"up": [1]}')), "command", body)

        assert found.yields["out"] == {"up": [1]}
        with pytest.raises(BadReplyError, match="probe printed no JSON: <html>"):
            done(ending(Finished(code=0, out="<html>")), "command", body)

    def test_one_that_fails_or_takes_too_long_is_an_error(self) -> None:
        with pytest.raises(RejectedError, match="probe ended with 3: no such flag"):
            done(ending(Finished(code=3, out="no such\nflag")), "command", PROBE)
        with pytest.raises(NoAnswerError, match="it took too long"):
            done(ending(Finished(code=-15, out="", timed_out=True)), "command", PROBE)

    def test_one_that_changes_is_undecided_after_a_crash_unless_it_can_be_read(self) -> None:
        ctx = context(rig())
        pace = Pace(verify_read={"command": PROBE}, verify_until="read.out == '1'")

        (alone,) = planned(ctx, "command", SETTING).actions
        (proven,) = planned(replace(ctx, pace=pace), "command", SETTING).actions

        assert (alone.settle, alone.undoable) == ("none", False)
        assert proven.settle == "readable"

    def test_its_undo_is_what_the_step_says(self) -> None:
        undo: Json = {"command": {"args": ["unset", "flag"]}}

        (action,) = planned(context(rig(), undo=undo), "command", SETTING).actions

        assert action.undoable
        assert action.before == {"args": ["unset", "flag"]}

    def test_it_is_run_with_its_arguments_and_variables(self) -> None:
        here = rig()
        ctx = context(here)
        (action,) = planned(ctx, "command", SETTING).actions

        assert act(ctx, "command", SETTING, action) == {"out": "done"}
        assert here.world.look().commands == [["set", "flag", "WHO=env:TOKEN"]]


class Replying(FakeWeb):
    """A web that replies as it is told to."""

    def __init__(self, here: Rig, reply: Reply) -> None:
        super().__init__(here.world)
        self._reply = reply

    def call(self, *_: object) -> Reply:
        return self._reply


def replying(status: int, body: Json = None) -> StepContext:
    here = rig()
    ctx = context(here)
    web = Replying(here, Reply(status=status, body=body))
    return replace(ctx, ports=replace(ctx.ports, web=web))


ASKING: Json = {"url": "http://flags/x", "effect": "read"}


POSTING: Json = {
    "method": "POST",
    "url": "http://flags/x",
    "effect": "change",
    "json": {"on": 1},
}


class TestHttp:
    def test_a_reading_call_yields_its_answer(self) -> None:
        found = done(replying(200, {"on": True}), "http", ASKING)

        assert found.yields == {"out": {"on": True}, "code": 200}

    @pytest.mark.parametrize(("status", "expect"), [(404, []), (301, []), (200, [204])])
    def test_an_answer_that_was_not_expected_is_a_rejection(
        self, status: int, expect: list[Json]
    ) -> None:
        body: Json = {"url": "http://flags/x", "effect": "read", "expect": expect}

        with pytest.raises(RejectedError, match=f"answered {status}"):
            done(replying(status, "no"), "http", body)

    def test_one_that_is_expected_is_good(self) -> None:
        body: Json = {"url": "http://flags/x", "effect": "read", "expect": [404]}

        assert done(replying(404), "http", body).yields["code"] == 404

    def test_one_that_changes_is_called_once_as_planned(self) -> None:
        here = rig()
        ctx = context(here)
        (action,) = planned(ctx, "http", POSTING).actions

        assert action.summary == "POST http://flags/x"
        assert (action.settle, action.undoable) == ("none", False)
        assert act(ctx, "http", POSTING, action) == {"code": 200, "out": {"ok": True}}
        assert here.world.look().calls == ["POST http://flags/x"]


WAITING: Json = {
    "read": {"diagnose": {"checks": ["registry"]}},
    "until": "read.verdict == 'pass'",
    "every": "1m",
    "at_most": "10m",
}


class TestWait:
    def test_for_a_time(self) -> None:
        ctx = context(rig())

        first, second = look(ctx, "wait", {"for": "5m"}), look(ctx, "wait", {"for": "5m"}, n=2)

        assert isinstance(first, Again)
        assert first.wait_s == 300.0
        assert not isinstance(second, Again)
        assert second.verdict == "pass"

    def test_until_a_read_shows_it(self) -> None:
        here = rig()
        here.world.look().broken["registry"] = "it is down"
        waiting = look(context(here), "wait", WAITING)
        here.world.look().broken.clear()

        seen = look(context(here), "wait", WAITING, n=2)

        assert isinstance(waiting, Again)
        assert waiting.wait_s == 60.0
        assert not isinstance(seen, Again)
        assert seen.verdict == "pass"

    def test_what_cannot_be_told_is_inconclusive_at_the_end_never_a_pass(self) -> None:
        here = rig()
        ctx = context(here)
        body: Json = {**dict(WAITING), "until": "read.onset > 3"}  # type: ignore[arg-type]  # a record
        late = replace(ctx, now=ctx.now + timedelta(minutes=11))
        wait = verb("wait")
        assert wait.look is not None
        found = wait.look(late, wait.body(body), Past(n=9, data=None, started_at=ctx.now))

        assert found.verdict == "inconclusive"


def test_a_key_tells_the_step_and_from_the_second_the_round() -> None:
    ctx = context(rig())

    assert ctx.key == f"{RUN}:go"
    assert replace(ctx, round=3).key == f"{RUN}:go.3"
