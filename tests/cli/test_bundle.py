"""A bundle on the command line: written, checked alone, brought in, handed over, taken over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.shop import Shop

from mlrespond.bootstrap.place import open_timeline, place
from mlrespond.cli.main import run
from mlrespond.engine.evolve import fold
from mlrespond.model.event import Event
from mlrespond.model.incident_kind import NoteAdded
from mlrespond.model.kinds import draft
from mlrespond.model.run_kind import RunRenewed
from mlrespond.testing.clock import START

NAME = "INC-0001"


class Elsewhere:
    """The same project on another machine: another timeline, another spool."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self._shop = shop
        self.path = folder / "elsewhere.db"

    def mlir(self, *args: str) -> int:
        return run(["-C", str(self._shop.folder), "--timeline", str(self.path), *args])

    def events(self, stream: str = f"incident:{NAME}") -> tuple[Event, ...]:
        timeline = open_timeline(place(str(self._shop.folder), str(self.path)))
        try:
            return timeline.read(stream)
        finally:
            timeline.close()


@pytest.fixture
def elsewhere(shop: Shop, tmp_path: Path) -> Elsewhere:
    return Elsewhere(shop, tmp_path)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return tmp_path / "x.bundle"


@pytest.fixture
def asked(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that waits for an approval."""
    assert shop.mlir("respond", "--runbook", "back", "--no-input") == 8
    capsys.readouterr()


@pytest.mark.usefixtures("asked")
def test_a_bundle_is_checked_without_project_or_timeline(
    shop: Shop,
    bundle: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert shop.mlir("export", NAME, "-o", str(bundle)) == 0
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    capsys.readouterr()

    assert run(["audit", str(bundle), "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert (told["schema"], told["problems"]) == ("mlrespond/audit/v1", [])
    assert list(empty.iterdir()) == []
    assert run(["audit", str(bundle), "--anchor", told["head"][:16]]) == 0
    assert run(["audit", str(bundle), "--anchor", "f" * 16]) == 1


@pytest.mark.usefixtures("asked")
def test_a_tampered_bundle_is_named_and_not_brought_in(
    shop: Shop, elsewhere: Elsewhere, bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.timeline.bundled import members, repacked

    known = members()
    known["events.jsonl"] = known["events.jsonl"].replace(b"mitigated", b"mitigates", 1)
    repacked(bundle, known)

    assert elsewhere.mlir("import", str(bundle)) == 2

    assert "nothing of it was brought in: events.jsonl line" in capsys.readouterr().err
    assert shop.mlir("audit", str(bundle)) == 1
    assert elsewhere.events() == ()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not really", b"a shopping list"])
def test_what_is_no_bundle_is_refused_with_a_message(
    elsewhere: Elsewhere, bundle: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle.write_bytes(content)

    assert elsewhere.mlir("import", str(bundle)) == 1
    assert elsewhere.mlir("audit", str(bundle)) == 1

    assert capsys.readouterr().err.count("is no bundle") == 2


@pytest.mark.usefixtures("asked")
def test_a_copy_is_for_reading(
    shop: Shop, elsewhere: Elsewhere, bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.mlir("export", "-o", str(bundle))
    assert elsewhere.mlir("import", str(bundle)) == 0
    assert elsewhere.mlir("import", str(bundle), "--json") == 0
    capsys.readouterr()

    for words in (("approve",), ("ack", NAME), ("resume", NAME), ("stop", NAME)):
        assert elsewhere.mlir(*words) == 6
    assert elsewhere.mlir("import", str(bundle), "--take-over") == 2

    assert "is a copy, and driven elsewhere" in capsys.readouterr().err
    assert elsewhere.mlir("tick") == 0
    assert elsewhere.mlir("timeline", NAME) == 0
    assert shop.mlir("approve") == 0


@pytest.mark.usefixtures("asked")
def test_a_note_that_comes_back_from_a_copy_locks_nobody_out(
    shop: Shop, elsewhere: Elsewhere, bundle: Path, tmp_path: Path
) -> None:
    back = tmp_path / "back.bundle"
    shop.mlir("export", "-o", str(bundle))
    elsewhere.mlir("import", str(bundle))
    elsewhere.mlir("note", "--incident", NAME, "it is the cache")
    elsewhere.mlir("export", NAME, "-o", str(back))

    assert shop.mlir("import", str(back)) == 0

    assert shop.events()[-1].summary == "it is the cache"
    assert elsewhere.mlir("approve") == 6
    assert shop.mlir("approve") == 0
    assert shop.mlir("resume", NAME) == 0


@pytest.mark.usefixtures("asked")
def test_a_handover_tells_what_the_next_one_must_know(
    shop: Shop, bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shop.mlir("handover", "--to", "ben", "--reason", "I must sleep", "-o", str(bundle)) == 0

    told = capsys.readouterr().out.splitlines()
    words = [line.split(maxsplit=1)[0] for line in told]
    assert words == ["INC-0001", "state", "serving", "run", "asked", "next", "undoing", "to"]
    assert "6 on" not in told[2]
    assert "make the registry want 6" in told[4]
    assert told[6] == "undoing   nothing was changed that can be taken back"
    assert told[7] == f"to        ben: mlir import {bundle} --take-over"
    assert shop.events()[-1].summary == "handed over to ben: I must sleep"


@pytest.mark.usefixtures("asked")
def test_after_a_handover_the_run_goes_on_there_and_only_there(
    shop: Shop, elsewhere: Elsewhere, bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.mlir("handover", "--to", "ben", "-o", str(bundle))
    for words in (("approve",), ("resume", NAME), ("ack", NAME), ("handover", "--to", "cleo")):
        assert shop.mlir(*words) == 6
    assert "was handed over to ben" in capsys.readouterr().err
    assert shop.mlir("tick") == 0

    assert elsewhere.mlir("import", str(bundle), "--take-over", "--no-input") == 8
    assert elsewhere.mlir("approve") == 0
    assert elsewhere.mlir("resume", NAME) == 0

    run_state = fold(elsewhere.events(), f"{NAME}.1")
    assert run_state is not None
    assert run_state.ended is not None
    assert run_state.ended.ending == "mitigated"
    assert run_state.epoch == 4  # claimed here, handed over, taken over, resumed
    assert {one.serves for one in shop.servers.values()} == {"6"}
    assert elsewhere.mlir("audit") == 0


@pytest.mark.usefixtures("asked")
def test_a_copy_can_be_taken_over_unfenced_where_the_other_side_is_lost(
    shop: Shop, elsewhere: Elsewhere, bundle: Path
) -> None:
    shop.mlir("export", "-o", str(bundle))

    assert elsewhere.mlir("import", str(bundle), "--take-over", "--unfenced", "--no-input") == 8

    taken = next(one for one in elsewhere.events() if one.kind == "incident_taken_over")
    assert taken.data["unfenced"] is True
    assert elsewhere.mlir("ack", NAME) == 0
    assert elsewhere.mlir("import", str(bundle), "--unfenced") == 2


@pytest.mark.usefixtures("asked")
def test_if_both_sides_took_over_the_others_doings_come_in_late(
    shop: Shop, elsewhere: Elsewhere, bundle: Path, tmp_path: Path
) -> None:
    shop.mlir("handover", "--to", "ben", "-o", str(bundle))
    shop.mlir("import", str(bundle), "--take-over", "--no-input")
    elsewhere.mlir("import", str(bundle), "--take-over", "--no-input")
    other = tmp_path / "other.bundle"
    elsewhere.mlir("export", NAME, "-o", str(other))

    assert shop.mlir("import", str(other)) == 0

    late = [one.kind for one in shop.events() if one.late]
    assert late[0] == "incident_taken_over"
    assert "run_claimed" in late
    assert shop.mlir("approve") == 0
    assert shop.mlir("resume", NAME) == 0


@pytest.mark.usefixtures("asked")
def test_a_handover_whose_file_cannot_be_written_says_how_to_write_it(
    shop: Shop, bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shop.mlir("handover", "--to", "ben", "-o", "/proc/x/y") == 2

    assert f"write the bundle elsewhere: mlir export {NAME}" in capsys.readouterr().err
    assert shop.mlir("export", NAME, "-o", str(bundle)) == 0


@pytest.mark.usefixtures("asked")
def test_late_writes_of_the_old_side_are_fenced_and_told(
    shop: Shop, elsewhere: Elsewhere, bundle: Path, tmp_path: Path
) -> None:
    shop.mlir("handover", "--to", "ben", "-o", str(bundle))
    elsewhere.mlir("import", str(bundle), "--take-over", "--no-input")
    elsewhere.mlir("approve")
    elsewhere.mlir("resume", NAME)
    before = fold(elsewhere.events(), f"{NAME}.1")

    late = {"incident": NAME, "run": f"{NAME}.1", "epoch": 1, "late": True}
    shop.say(RunRenewed(until=START), f"incident:{NAME}", START, **late)
    shop.say(NoteAdded(text="it was slow"), f"incident:{NAME}", START, source="person")
    shop.mlir("export", NAME, "-o", str(tmp_path / "late.bundle"))

    assert elsewhere.mlir("import", str(tmp_path / "late.bundle")) == 0
    assert elsewhere.mlir("import", str(tmp_path / "late.bundle")) == 0
    came = elsewhere.events()[-2:]
    assert [(one.kind, one.late) for one in came] == [("run_renewed", True), ("note_added", False)]
    after = fold(elsewhere.events(), f"{NAME}.1")
    assert before is not None
    assert after is not None
    assert (after.ended, after.steps, after.epoch) == (before.ended, before.steps, before.epoch)
    assert elsewhere.mlir("audit") == 0


@pytest.mark.usefixtures("asked")
def test_it_can_be_taken_back_and_handed_back(
    shop: Shop, elsewhere: Elsewhere, bundle: Path, tmp_path: Path
) -> None:
    shop.mlir("handover", "--to", "ben", "-o", str(bundle))
    assert shop.mlir("import", str(bundle), "--take-over", "--no-input") == 8
    shop.mlir("handover", "--to", "ben", "-o", str(bundle))
    assert elsewhere.mlir("import", str(bundle), "--take-over", "--no-input") == 8
    back = tmp_path / "back.bundle"
    assert elsewhere.mlir("handover", "--to", "ana", "-o", str(back)) == 0

    assert shop.mlir("import", str(back), "--take-over", "--no-input") == 8

    assert elsewhere.mlir("approve") == 6
    assert shop.mlir("approve") == 0
    assert shop.mlir("resume", NAME) == 0
    assert shop.mlir("audit") == 0


@pytest.mark.usefixtures("asked")
def test_who_wrote_on_after_handing_over_cannot_take_it_back_blindly(
    shop: Shop, elsewhere: Elsewhere, bundle: Path, tmp_path: Path
) -> None:
    shop.mlir("handover", "--to", "ben", "-o", str(bundle))
    shop.mlir("note", "--incident", NAME, "still here")
    elsewhere.mlir("import", str(bundle), "--take-over", "--no-input")
    back = tmp_path / "back.bundle"
    elsewhere.mlir("handover", "--to", "ana", "-o", str(back))

    assert shop.mlir("import", str(back), "--take-over") == 6


@pytest.mark.usefixtures("asked")
def test_a_run_that_another_process_drives_is_not_handed_over(
    shop: Shop, bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = fold(shop.events(), f"{NAME}.1")
    assert known is not None
    assert known.claim is not None
    timeline = shop.timeline()
    process = known.claim.process
    claim = type(known.claim)(
        process=type(process)(host="another", boot="b", pid=7, started="s"),
        until=START.replace(year=2999),
    )
    said = draft(f"incident:{NAME}", claim, START, incident=NAME, run=f"{NAME}.1", epoch=2)
    timeline.append([said])
    timeline.close()

    assert shop.mlir("handover", "--to", "ben", "-o", str(bundle)) == 6

    assert "is driven by process 7 on another" in capsys.readouterr().err
    assert not bundle.exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("handover",), "--to"),
        (("handover", "--to", " "), "say to whom"),
        (("import", "nowhere.bundle"), "there is no file nowhere.bundle"),
        (("audit", "nowhere.bundle"), "there is no file nowhere.bundle"),
        (("export", "INC-9"), "there is no incident `INC-9`"),
        (("export", "-o", "/proc/x/y"), "cannot be written"),
        (("audit", "--anchor", "beef"), "is no hash"),
    ],
)
@pytest.mark.usefixtures("asked")
def test_wrong_words_end_in_a_message(
    shop: Shop, words: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shop.mlir(*words) == 2

    assert says in capsys.readouterr().err


@pytest.mark.usefixtures("asked")
def test_a_bundle_is_a_copy_that_erasing_does_not_reach(
    shop: Shop, bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.mlir("note", "Erika M.")
    note = shop.events()[-1].id
    shop.mlir("export", "-o", str(bundle))

    shop.mlir("erase", note, "--reason", "a name", "--yes")

    assert f"a copy was made, and is not reached: {bundle}" in capsys.readouterr().err
