"""What every monitor must do. Subclass, and define `monitor`, `fire`, `now` and `unreachable`.

`fire(labels)` makes an alert fire; `now` is the monitor's own present. The monitor may be shared:
labels and keys are fresh for each test.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from mlrespond.errors import PortError
from mlrespond.model.reading import Firing
from mlrespond.ports.service import Monitor

Labels = dict[str, str]
Fire = Callable[[Labels], None]


def _of(monitor: Monitor, labels: Labels) -> Firing:
    (found,) = (one for one in monitor.firing() if dict(one.alert.labels) == labels)
    return found


class MonitorContract:
    """What fires is told; a silence is about its labels alone, stands once a key, and ends."""

    @pytest.fixture
    def labels(self) -> Labels:
        return {"alertname": "GoldenAccuracyLow", "service": f"fraud-{uuid4().hex[:8]}"}

    @pytest.fixture
    def key(self) -> str:
        return f"INC-0001@{uuid4().hex[:8]}"

    @pytest.fixture
    def until(self, now: datetime) -> datetime:
        return now.replace(microsecond=0) + timedelta(hours=1)

    def test_what_fires_is_told(self, monitor: Monitor, fire: Fire, labels: Labels) -> None:
        assert labels not in [dict(one.alert.labels) for one in monitor.firing()]

        fire(labels)

        found = _of(monitor, labels)
        assert (found.alert.status, found.silenced_by, found.quiet) == ("firing", (), False)
        assert found.alert.fingerprint
        assert found.alert.starts_at.tzinfo is not None

    def test_a_silence_is_read_back_and_keeps_its_alert_quiet(
        self, monitor: Monitor, fire: Fire, labels: Labels, key: str, until: datetime
    ) -> None:
        fire(labels)
        assert monitor.silences(key) == ()

        monitor.silence(key, labels, until, "mitigating INC-0001")

        (stands,) = monitor.silences(key)
        assert (dict(stands.labels), stands.until) == (labels, until)
        assert (_of(monitor, labels).silenced_by, _of(monitor, labels).quiet) == (
            (stands.id,),
            True,
        )

    def test_the_same_silence_again_is_the_one_that_stands(
        self, monitor: Monitor, labels: Labels, key: str, until: datetime
    ) -> None:
        monitor.silence(key, labels, until, "mitigating")
        first = monitor.silences(key)

        monitor.silence(key, labels, until, "mitigating")

        assert monitor.silences(key) == first
        assert len(first) == 1

    def test_another_end_takes_the_place_of_the_first(
        self, monitor: Monitor, labels: Labels, key: str, until: datetime
    ) -> None:
        later = until + timedelta(hours=1)
        monitor.silence(key, labels, until, "mitigating")

        monitor.silence(key, labels, later, "mitigating longer")

        assert [one.until for one in monitor.silences(key)] == [later]

    @pytest.mark.parametrize("value", [".*", 'a "b" \\ {c="d"}', "☂\n", "a|b"])
    def test_a_label_is_taken_as_it_is(
        self,
        monitor: Monitor,
        fire: Fire,
        labels: Labels,
        key: str,
        until: datetime,
        value: str,
    ) -> None:
        odd, other = {**labels, "replica": value}, {**labels, "replica": "a"}
        fire(odd)
        fire(other)

        monitor.silence(key, odd, until, "mitigating")

        assert (_of(monitor, odd).quiet, _of(monitor, other).quiet) == (True, False)

    def test_it_ends_and_ending_again_does_nothing(
        self, monitor: Monitor, fire: Fire, labels: Labels, key: str, until: datetime
    ) -> None:
        fire(labels)
        monitor.silence(key, labels, until, "mitigating")

        monitor.end_silences(key)
        monitor.end_silences(key)

        assert monitor.silences(key) == ()
        assert not _of(monitor, labels).quiet

    def test_after_its_end_it_can_stand_again(
        self, monitor: Monitor, labels: Labels, key: str, until: datetime
    ) -> None:
        monitor.silence(key, labels, until, "mitigating")
        monitor.end_silences(key)

        monitor.silence(key, labels, until, "mitigating")

        assert len(monitor.silences(key)) == 1

    def test_keys_do_not_touch_each_other(
        self, monitor: Monitor, labels: Labels, key: str, until: datetime
    ) -> None:
        monitor.silence(key, labels, until, "mitigating")
        monitor.silence(f"{key}1", labels, until, "mitigating")

        monitor.end_silences(key)

        assert monitor.silences(key) == ()
        assert len(monitor.silences(f"{key}1")) == 1

    def test_a_key_holds_several_silences(
        self, monitor: Monitor, labels: Labels, key: str, until: datetime
    ) -> None:
        both = [{**labels, "replica": name} for name in ("eu-1", "us-1")]

        for one in both:
            monitor.silence(key, one, until, "mitigating")

        assert sorted(one.labels["replica"] for one in monitor.silences(key)) == ["eu-1", "us-1"]
        monitor.end_silences(key)
        assert monitor.silences(key) == ()

    def test_a_silence_about_everything_is_refused(
        self, monitor: Monitor, key: str, until: datetime
    ) -> None:
        with pytest.raises(PortError):
            monitor.silence(key, {}, until, "mitigating")

        assert monitor.silences(key) == ()

    def test_a_monitor_that_does_not_answer_is_no_monitor_without_alerts(
        self, unreachable: Monitor
    ) -> None:
        with pytest.raises(PortError):
            unreachable.firing()
        with pytest.raises(PortError):
            unreachable.silences("INC-0001")
