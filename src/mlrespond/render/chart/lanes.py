"""The lanes of the picture: alerts, people, actions and checks, and what each replica served."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from mlrespond.model.instant import duration
from mlrespond.model.json import Json, Record
from mlrespond.render.chart.palette import Palette
from mlrespond.render.chart.row import Row
from mlrespond.render.chart.vega import mark, ms, quiet, signal, told, value, words, x
from mlrespond.usecases.postmortem import Postmortem
from mlrespond.usecases.postmortem.entry import Entry
from mlrespond.usecases.postmortem.serving import PRIMARY, REGISTRY, ROUTER, Stretch

_HEIGHT = 22
_NOT_PEOPLE = frozenset({"alert_received", "run_requested", "incident_opened"})
CHECKS: Mapping[str, tuple[str, str]] = {
    "pass": ("circle", "good"),
    "fail": ("cross", "bad"),
    "inconclusive": ("square", "unknown"),
}


def lane_rows(doc: Postmortem, palette: Palette, names: Callable[[str], str]) -> Iterator[Row]:
    """Yield the lanes that have anything in them, top to bottom."""
    lanes = (_alerts(doc, palette), _people(doc, palette, names), _actions(doc, palette))
    yield from (row for row in (*lanes, _checks(doc, palette)) if any(row.tables.values()))
    for lane in doc.serving.lanes:
        yield _served(doc, lane, palette)


def tip(title: str, at: datetime, said: str, ref: str) -> str:
    """Return what is shown when a mark is pointed at: a title, a time and event, and text."""
    number = f"#{ref[1:]}" if ref.startswith("e") else f"ledger {ref[1:]}"
    return f"{title}\n{at:%Y-%m-%d %H:%M:%S} UTC, {number}\n{said}"


def _symbols(name: str, shape: Json, colour: Json, *, size: int = 110, **more: Json) -> Record:
    encode = {
        "x": x("at"),
        "y": value(_HEIGHT / 2),
        "shape": shape,
        "size": value(size),
        "fill": colour,
        "stroke": colour,
        "strokeWidth": value(1.5),
        **told(),
        **more,
    }
    return mark("symbol", name, encode, table=name)


def _alerts(doc: Postmortem, palette: Palette) -> Row:
    firing = {one.fingerprint for one in doc.incident.alerts if one.status == "firing"}
    rows: list[Record] = []
    alerts = iter(doc.incident.alerts)
    for entry in doc.whole:
        if entry.kind != "alert_received":
            continue
        alert = next(alerts, None)
        if alert is None:
            break
        started = max(alert.starts_at, doc.span[0])
        rows.append(
            {
                "at": ms(entry.at),
                "from": ms(started if alert.status == "firing" else entry.at),
                "firing": alert.status == "firing" and alert.fingerprint in firing,
                "ref": f"e{entry.seq}",
                "tip": tip(f"{alert.name} {alert.status}", entry.at, entry.said, f"e{entry.seq}"),
            }
        )
    since = {
        "x": x("from"),
        "x2": x("at"),
        "y": value(_HEIGHT / 2 - 2),
        "height": value(4),
        "fill": value(palette.alert),
        "fillOpacity": value(0.45),
    }
    colour = signal(f"datum.firing ? '{palette.alert}' : '{palette.good}'")
    shape = signal("datum.firing ? 'triangle-up' : 'triangle-down'")
    return Row(
        name="alerts",
        title="alerts: since they fire, and when they came",
        height=_HEIGHT,
        marks=(
            quiet("rect", "alert-since", since, table="alerts"),
            _symbols("alerts", shape, colour),
        ),
        tables={"alerts": rows},
    )


def _people(doc: Postmortem, palette: Palette, names: Callable[[str], str]) -> Row:
    rows = [_said(one, names) for one in doc.entries if _by_hand(one)]
    shape = signal("datum.corrected ? 'stroke' : 'circle'")
    return Row(
        name="people",
        title="people: answers, notes, acknowledgements",
        height=_HEIGHT,
        marks=(_symbols("people", shape, value(palette.person), size=80),),
        tables={"people": rows},
    )


def _by_hand(one: Entry) -> bool:
    return one.source == "person" and one.kind not in _NOT_PEOPLE


def _said(one: Entry, names: Callable[[str], str]) -> Record:
    ref = f"e{one.seq}"
    title = f"{one.actor}: {one.kind.replace('_', ' ')}"
    late = f"; written down {one.recorded_at:%Y-%m-%d %H:%M:%S}" if one.added_later else ""
    struck = " (corrected later)" if one.corrected else ""
    return {
        "at": ms(one.at),
        "corrected": one.corrected,
        "ref": ref,
        "tip": names(tip(title, one.at, f"{one.said}{struck}{late}", ref)),
    }


def _actions(doc: Postmortem, palette: Palette) -> Row:
    rows: list[Record] = []
    for one in doc.actions:
        end = one.settled_at or doc.span[1]
        took = f", proven after {duration(one.took_s)}" if one.took_s is not None else ""
        ref = f"e{one.seq}"
        rows.append(
            {
                "at": ms(one.began_at),
                "until": ms(end),
                "ok": one.outcome in {"ok", "reconciled"},
                "ref": ref,
                "tip": tip(one.said, one.began_at, f"{one.outcome}{took}", ref),
            }
        )
    colour = signal(f"datum.ok ? '{palette.change}' : '{palette.bad}'")
    encode = {
        "x": x("at"),
        "width": signal("max(3, scale('x', datum.until) - scale('x', datum.at) - 1)"),
        "y": value(4),
        "height": value(_HEIGHT - 8),
        "fill": colour,
        "cornerRadius": value(2),
        **told(),
    }
    return Row(
        name="actions",
        title="actions: from the intent until it was proven",
        height=_HEIGHT,
        marks=(mark("rect", "actions", encode, table="actions"),),
        tables={"actions": rows},
    )


def _checks(doc: Postmortem, palette: Palette) -> Row:
    rows: list[Record] = []
    for one in doc.steps:
        known = CHECKS.get(one.verdict or "")
        if known is None:
            continue
        ref, (shape, colour) = f"e{one.seq}", known
        said = tip(f"{one.title}: {one.verdict}", one.finished_at, one.said, ref)
        rows.append(
            {
                "at": ms(one.finished_at),
                "shape": shape,
                "colour": getattr(palette, colour),
                "angle": 45 if shape == "cross" else 0,
                "ref": ref,
                "tip": said,
            }
        )
    angle: Json = {"field": "angle"}
    symbols = _symbols("checks", {"field": "shape"}, {"field": "colour"}, size=90, angle=angle)
    return Row(
        name="checks",
        title="checks: o pass, x fail, \N{WHITE SQUARE} inconclusive",
        height=_HEIGHT,
        marks=(symbols,),
        tables={"checks": rows},
    )


def _served(doc: Postmortem, lane: str, palette: Palette) -> Row:
    name = f"served-{doc.serving.lanes.index(lane)}"
    rows = [_stretch(doc, one, palette) for one in doc.serving.of(lane)]
    bar = {
        "x": x("at"),
        "x2": x("until"),
        "y": value(2),
        "height": value(_HEIGHT - 4),
        "fill": {"field": "soft"},
        "stroke": {"field": "colour"},
        "strokeWidth": signal("datum.wants ? 1.5 : 0"),
        "strokeDash": signal("datum.wants ? [4, 2] : []"),
        "cornerRadius": value(2),
        **told(),
    }
    sure = {
        "x": x("at"),
        "x2": x("confirmed"),
        "y": value(_HEIGHT - 5),
        "height": value(3),
        "fill": {"field": "colour"},
    }
    label = {
        **words({"field": "label"}, size=11, colour=palette.ink),
        "x": signal("max(scale('x', datum.at), 0) + 4"),
        "y": value(_HEIGHT / 2),
        "baseline": value("middle"),
        "limit": signal(
            "max(0, min(scale('x', datum.until), width) - max(scale('x', datum.at), 0) - 6)"
        ),
        "opacity": signal("scale('x', datum.until) - scale('x', datum.at) > 18 ? 1 : 0"),
    }
    return Row(
        name=name,
        title=_does(lane),
        height=_HEIGHT,
        marks=(
            mark("rect", name, bar, table=name),
            quiet("rect", "confirmed", sure, table=name),
            quiet("text", "version", label, table=name),
        ),
        tables={name: rows},
        shaded=False,
    )


def _does(lane: str) -> str:
    return {REGISTRY: "registry wants", ROUTER: "router sends to"}.get(lane, f"{lane} serves")


def _stretch(doc: Postmortem, one: Stretch, palette: Palette) -> Record:
    away = one.lane == ROUTER and one.version != PRIMARY
    known = "unknown" if one.version is None or away else "bad" if one.bad else "good"
    wants = one.lane == REGISTRY
    version = one.version or ("no alias" if wants else "no answer")
    since = max(one.since, doc.span[0])
    seen = f"first seen {one.since:%H:%M:%S} ({one.source}), last {one.confirmed:%H:%M:%S}"
    bad = "; suspect" if one.bad else ""
    what = f"{_does(one.lane)} {version}"
    return {
        "at": ms(since),
        "until": ms(one.end(doc.span[1])),
        "confirmed": ms(max(since, min(one.confirmed, doc.span[1]))),
        "label": f"{version}{' !' if one.bad else ''}",
        "wants": wants,
        "colour": getattr(palette, known),
        "soft": getattr(palette, f"{known}_soft"),
        "ref": one.ref,
        "tip": tip(what, since, f"{seen}{bad}", one.ref),
    }
