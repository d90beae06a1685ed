"""Inputs: what nulls, units and new words do to a feature is seen, whatever drift measures say."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from mlrespond.judgment.arrival import judge_freshness, judge_volume
from mlrespond.judgment.inputs import judge_inputs
from mlrespond.judgment.unit import judge_unit
from mlrespond.model.reading import FeatureProfile, FeatureSpec, Profile, Window
from mlrespond.model.verdict import MetricVerdict, together

NOW = datetime(2026, 11, 22, 3, 12, tzinfo=UTC)
WINDOW = Window(since=NOW - timedelta(hours=1), until=NOW)
NAN = cast("int", math.nan)
AMOUNT = FeatureProfile(
    name="amount",
    type="number",
    n=5000,
    nulls=100,
    low_quartile=30.0,
    median=50.0,
    high_quartile=80.0,
    distinct=4000,
)
COUNTRY = FeatureProfile(
    name="country",
    type="category",
    n=5000,
    distinct=3,
    categories={"de": 3000, "fr": 1500, "pt": 500},
)
SPECS: Mapping[str, FeatureSpec] = {
    "amount": FeatureSpec(type="number", min=0),
    "country": FeatureSpec(type="category"),
}


def of(*features: FeatureProfile) -> Profile:
    return Profile(window=WINDOW, n=max((one.n for one in features), default=0), features=features)


def judged(
    *features: FeatureProfile,
    baseline: tuple[FeatureProfile, ...] = (AMOUNT, COUNTRY),
    specs: Mapping[str, FeatureSpec] = SPECS,
) -> dict[str, MetricVerdict]:
    found = judge_inputs(of(*features), of(*baseline), specs, 0.05)
    return {one.name: one for one in found}


def unit(current: FeatureProfile, baseline: FeatureProfile = AMOUNT) -> MetricVerdict:
    return judge_unit("amount", current, baseline, 0.001)


def converted(
    factor: float, shift: float = 0.0, n: int = 1000, distinct: int | None = None
) -> FeatureProfile:
    low, median, high = (factor * one + shift for one in (30.0, 50.0, 80.0))
    return replace(
        AMOUNT,
        n=n,
        nulls=0,
        low_quartile=low,
        median=median,
        high_quartile=high,
        distinct=distinct or n,
    )


def test_unchanged_inputs_pass_each_check() -> None:
    found = judged(AMOUNT, COUNTRY)

    assert set(found) == {
        "nulls:amount",
        "mismatched:amount",
        "out_of_range:amount",
        "unit:amount",
        "nulls:country",
        "mismatched:country",
        "unseen:country",
    }
    assert {one.verdict for one in found.values()} == {"pass"}
    assert {(one.kind, one.feature) for one in found.values()} == {
        ("input", "amount"),
        ("input", "country"),
    }


def test_no_features_are_no_checks() -> None:
    assert judge_inputs(of(AMOUNT), of(AMOUNT), {}, 0.05) == ()


@pytest.mark.parametrize(
    ("name", "current"),
    [
        ("nulls:amount", replace(AMOUNT, n=500, nulls=100)),
        ("nulls:amount", replace(AMOUNT, n=500, nulls=500, median=None)),
        ("out_of_range:amount", replace(AMOUNT, n=500, nulls=10, out_of_range=40)),
        ("mismatched:amount", replace(AMOUNT, n=500, nulls=10, mismatched=40)),
        ("unseen:country", replace(COUNTRY, n=50, categories={"DE": 30, "FR": 15, "PT": 5})),
        ("unseen:country", replace(COUNTRY, n=1000, categories={"de": 980, "xk": 20})),
        ("unit:amount", converted(100, n=50)),
    ],
)
def test_a_fault_fails_its_own_check(name: str, current: FeatureProfile) -> None:
    other = COUNTRY if current.name == "amount" else AMOUNT

    found = judged(current, other)

    assert {one.name for one in found.values() if one.verdict == "fail"} == {name}
    assert found[name].reason == "worse"


def test_said_names_the_check_and_the_feature() -> None:
    found = judged(replace(AMOUNT, n=500, nulls=100), COUNTRY)

    assert found["nulls:amount"].said.startswith(
        "nulls of amount 20.0% of 500 against 2.0% of 5,000 (+18.0 points, 99."
    )


@pytest.mark.parametrize(
    "current",
    [
        replace(AMOUNT, n=0, nulls=0, median=None),
        replace(AMOUNT, n=1, nulls=0, low_quartile=50.0, high_quartile=50.0),
        replace(AMOUNT, n=1, nulls=1, median=None),
        replace(AMOUNT, n=NAN),
        replace(AMOUNT, nulls=6000),
        replace(AMOUNT, n=20, nulls=NAN, out_of_range=NAN, mismatched=NAN, median=math.nan),
    ],
    ids=["empty", "one row", "one null row", "NaN rows", "more nulls than rows", "NaN counts"],
)
def test_what_tells_nothing_is_inconclusive_with_a_reason(current: FeatureProfile) -> None:
    found = judged(current, replace(COUNTRY, n=0, categories={}))

    assert {one.verdict for one in found.values()} == {"inconclusive"}
    assert all(one.said for one in found.values())


def test_a_feature_that_is_not_in_the_profile_is_inconclusive() -> None:
    gone, new = judged(COUNTRY), judged(AMOUNT, COUNTRY, baseline=(COUNTRY,))

    assert {gone[name].reason for name in gone if "amount" in name} == {"no_data"}
    assert {new[name].reason for name in new if "amount" in name} == {"no_baseline"}


def test_nothing_but_nulls_on_both_sides_is_no_pass() -> None:
    nothing = replace(AMOUNT, nulls=5000, median=None)

    found = judged(nothing, baseline=(nothing,))

    assert "pass" not in {found[name].verdict for name in found if "amount" in name}


@pytest.mark.parametrize("feature", [AMOUNT, COUNTRY], ids=["number", "category"])
def test_nothing_but_values_of_another_type_on_both_sides_is_no_pass(
    feature: FeatureProfile,
) -> None:
    other = replace(feature, nulls=0, mismatched=5000, median=None, categories={}, distinct=0)

    found = judged(other, baseline=(other,))

    assert "pass" not in {found[name].verdict for name in found if feature.name in name}


@pytest.mark.parametrize(
    ("now", "before", "verdict"),
    [(0, 0, None), (500, 500, None), (20, 0, "pass"), (2000, 100, "fail"), (2000, 0, "fail")],
)
def test_rows_of_no_readable_time_are_told_if_they_are_of_the_present(
    now: int, before: int, verdict: str | None
) -> None:
    current, baseline = (replace(of(AMOUNT, COUNTRY), unreadable=lost) for lost in (now, before))

    found = {one.name: one for one in judge_inputs(current, baseline, SPECS, 0.05)}

    assert (found["times"].verdict if "times" in found else None) == verdict


@given(st.sampled_from([0.01, 0.1, 0.9, 1.0, 1.05, 2.54, 7.3, 60.0, 1000.0]), st.integers(30, 9000))
def test_both_sides_of_a_unit_may_change_places_without_contradiction(
    factor: float, n: int
) -> None:
    current = converted(factor, n=n)

    there, back = unit(current), unit(AMOUNT, current)

    assert {there.verdict, back.verdict} != {"pass", "fail"}
    assert (there.current, there.baseline) == (back.baseline, back.current)


def test_nulls_that_the_author_calls_usual_are_no_fault() -> None:
    current = replace(AMOUNT, n=2000, nulls=100)
    usual = {"amount": FeatureSpec(type="number", nulls=0.10)}

    assert judged(current)["nulls:amount"].verdict == "fail"
    assert judged(current, specs=usual)["nulls:amount"].verdict == "pass"


def test_bounds_are_checked_only_where_there_are_some() -> None:
    assert "out_of_range:amount" not in judged(AMOUNT, specs={"amount": FeatureSpec(type="number")})


def test_a_category_that_the_author_knows_is_not_unseen() -> None:
    current = replace(COUNTRY, n=1000, categories={"de": 900, "xk": 100})
    known = {"country": FeatureSpec(type="category", categories=("de", "fr", "pt", "xk"))}

    assert judged(current)["unseen:country"].verdict == "fail"
    assert judged(current, specs=known)["unseen:country"].verdict == "pass"


def test_rare_words_bring_some_unseen_ones_by_chance() -> None:
    """A tenth of the baseline's rows have a word of their own: so will a tenth of new rows."""
    own = {f"word{i}": 1 for i in range(500)}
    baseline = replace(COUNTRY, categories={"de": 4500, **own}, distinct=501)
    current = replace(COUNTRY, n=1000, categories={"de": 900, "new": 40, "words": 60})

    assert judged(current, baseline=(baseline,))["unseen:country"].verdict == "pass"


def test_how_many_unseen_words_are_due_is_itself_not_sure() -> None:
    """1,000 words as often as one another: of 5,000 more rows 34 are due to be unseen, 10 to 60."""
    drawn = {f"word{i}": 1 if i < 34 else 2 if i < 118 else 3 for i in range(1000)}
    baseline = replace(COUNTRY, n=sum(drawn.values()), categories=drawn, distinct=1000)
    current = replace(COUNTRY, n=5000, categories={"word500": 4940, "new": 60})

    assert judged(current, baseline=(baseline,))["unseen:country"].verdict == "inconclusive"


def test_a_vocabulary_that_is_cut_off_is_not_known() -> None:
    cut = replace(COUNTRY, categories={"de": 3000, "fr": 1500}, distinct=3)
    some = {"country": FeatureSpec(type="category", categories=("de", "fr", "pt"))}

    assert judged(COUNTRY, baseline=(cut,))["unseen:country"].verdict == "inconclusive"
    assert judged(COUNTRY, baseline=(cut,), specs=some)["unseen:country"].verdict == "pass"
    assert judged(cut)["unseen:country"].verdict == "inconclusive"
    assert "leaves rare categories out" in judged(cut)["unseen:country"].said


@pytest.mark.parametrize(
    ("current", "words"),
    [
        (converted(100), "hundredths instead of units (x100)"),
        (converted(0.01), "units instead of hundredths (x0.01)"),
        (converted(1000), "thousandths instead of units"),
        (converted(0.001), "units instead of thousandths"),
        (converted(1.8, 32), "°F instead of °C (x1.8 +32)"),
        (converted(1 / 1.8, -32 / 1.8), "°C instead of °F (x0.5556 -17.78)"),
        (converted(1, 273.15), "K instead of °C"),
        (converted(2.54), "centimetres instead of inches"),
        (converted(0.3937), "inches instead of centimetres"),
        (converted(0.4536), "kilograms instead of pounds"),
        (converted(2.2046), "pounds instead of kilograms"),
        (converted(60), "seconds instead of minutes"),
    ],
)
def test_a_unit_change_is_named(current: FeatureProfile, words: str) -> None:
    found = unit(current)

    assert (found.verdict, found.reason) == ("fail", "worse")
    assert words in found.said
    assert (found.current, found.baseline) == (current.median, 50.0)


@pytest.mark.parametrize("drift", [0.85, 0.9, 1.1, 1.15])
@pytest.mark.parametrize(("factor", "told"), [(0.01, "hundredths"), (1000, "thousandths")])
def test_a_changed_unit_is_named_although_the_feature_drifts(
    factor: float, told: str, drift: float
) -> None:
    found = unit(converted(factor * drift, n=8000))

    assert (found.verdict, told in found.said) == ("fail", True)


def test_a_scale_that_no_unit_explains_is_told_as_that() -> None:
    found = unit(converted(7.3))

    assert (found.verdict, found.reason) == ("fail", "worse")
    assert "x7.3, by no unit known" in found.said


@pytest.mark.parametrize(
    ("current", "verdict", "reason"),
    [
        (converted(1.02), "pass", "not_worse"),
        (converted(1, 10), "pass", "not_worse"),
        (converted(1.3, n=5000), "pass", "not_worse"),
        (converted(1, 4950), "pass", "not_worse"),
        (converted(7.3, distinct=24), "inconclusive", "not_comparable"),
        (converted(100, n=29), "inconclusive", "too_few"),
        (converted(1.5, n=40), "inconclusive", "wide_interval"),
    ],
    ids=["same", "shifted", "drifted", "median only", "few values", "29 rows", "40 rows"],
)
def test_what_is_no_unit_change_is_not_called_one(
    current: FeatureProfile, verdict: str, reason: str
) -> None:
    found = unit(current)

    assert (found.verdict, found.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("median", "verdict"), [(50.0, "pass"), (5000.0, "fail"), (55.0, "pass"), (0.0, "pass")]
)
def test_a_constant_has_a_unit_too(median: float, verdict: str) -> None:
    constant = replace(AMOUNT, low_quartile=50.0, high_quartile=50.0)
    current = replace(constant, low_quartile=median, median=median, high_quartile=median)

    assert unit(current, constant).verdict == verdict


def test_a_constant_zero_stays_what_it_is() -> None:
    zero = replace(AMOUNT, low_quartile=0.0, median=0.0, high_quartile=0.0)

    assert unit(zero, zero).verdict == "pass"


def test_a_few_different_values_change_unit_only_by_a_large_factor() -> None:
    small = replace(AMOUNT, low_quartile=1.0, median=2.0, high_quartile=3.0, distinct=6)
    jumped = replace(small, low_quartile=2.0, median=4.0, high_quartile=6.0)
    cents = replace(small, low_quartile=100.0, median=200.0, high_quartile=300.0)

    assert unit(jumped, small).verdict != "fail"
    assert unit(cents, small).verdict == "fail"


@pytest.mark.parametrize(
    "broken",
    [
        replace(AMOUNT, median=None),
        replace(AMOUNT, median=math.nan),
        replace(AMOUNT, high_quartile=math.inf),
        replace(AMOUNT, low_quartile=60.0),
        replace(AMOUNT, nulls=5000),
        replace(AMOUNT, n=NAN),
        None,
    ],
)
def test_a_unit_without_numbers_is_inconclusive(broken: FeatureProfile | None) -> None:
    current = judge_unit("amount", broken, AMOUNT, 0.001)
    baseline = judge_unit("amount", AMOUNT, broken, 0.001)

    assert (current.verdict, current.reason) == ("inconclusive", "no_data")
    assert (baseline.verdict, baseline.reason) == ("inconclusive", "no_baseline")


features = st.builds(
    lambda n, parts, quartiles: FeatureProfile(
        name="amount",
        type="number",
        n=n,
        nulls=round(n * parts[0]),
        out_of_range=round(n * (1 - parts[0]) * parts[1] / 2),
        mismatched=round(n * (1 - parts[0]) * parts[2] / 2),
        low_quartile=quartiles[0],
        median=quartiles[1],
        high_quartile=quartiles[2],
        distinct=n,
        categories={"a": n - round(n * parts[0])},
    ),
    st.integers(0, 3000),
    st.tuples(*(st.sampled_from([0, 0.001, 0.01, 0.03, 0.1, 0.5, 1]) for _ in range(3))),
    st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3).map(sorted),
)
words = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 500), max_size=6)
vocabularies = st.builds(
    lambda counts, nulls: FeatureProfile(
        name="country",
        type="category",
        n=sum(counts.values()) + nulls,
        nulls=nulls,
        categories=counts,
    ),
    words,
    st.integers(0, 300),
)


@given(features, features, vocabularies, vocabularies, st.integers(1, 5000))
def test_more_nulls_never_turn_a_fail_into_a_pass(
    current: FeatureProfile,
    baseline: FeatureProfile,
    words: FeatureProfile,
    base_words: FeatureProfile,
    more: int,
) -> None:
    before = judged(current, words, baseline=(baseline, base_words))

    nulls = [replace(one, n=one.n + more, nulls=one.nulls + more) for one in (current, words)]
    after = judged(*nulls, baseline=(baseline, base_words))

    for name, one in before.items():
        assert one.verdict != "fail" or after[name].verdict == "fail"
    failed = together(tuple(before.values())).verdict == "fail"
    assert not failed or together(tuple(after.values())).verdict == "fail"


@given(features, features)
def test_any_profile_gets_a_verdict_with_words(
    current: FeatureProfile, baseline: FeatureProfile
) -> None:
    for one in judged(current, baseline=(baseline,)).values():
        assert one.said
        assert one.verdict == "inconclusive" or one.n > 0


@given(vocabularies, vocabularies)
def test_the_order_of_categories_and_features_changes_nothing(
    current: FeatureProfile, baseline: FeatureProfile
) -> None:
    turned = replace(current, categories=dict(sorted(current.categories.items(), reverse=True)))

    assert judged(current, AMOUNT, baseline=(AMOUNT, baseline)) == judged(
        AMOUNT, turned, baseline=(baseline, AMOUNT)
    )


@pytest.mark.parametrize(
    ("current_n", "base_n", "verdict", "reason", "words"),
    [
        (1000, 1000, "pass", "within_limit", "x1,"),
        (450, 1000, "pass", "worse_but_small", "x0.45,"),
        (3000, 1000, "pass", "worse_but_small", "x3,"),
        (0, 1000, "fail", "beyond_limit", "no traffic"),
        (20, 1000, "fail", "beyond_limit", "no traffic"),
        (20_000, 1000, "fail", "beyond_limit", "a flood"),
        (90, 1000, "inconclusive", "too_few", "too few to tell"),
        (0, 20, "inconclusive", "too_few", "too few to tell"),
        (1, 1, "inconclusive", "too_few", "too few to tell"),
        (500, 0, "inconclusive", "no_baseline", "no baseline"),
        (0, 0, "inconclusive", "no_baseline", "no baseline"),
        (-1, 1000, "inconclusive", "error", "no counts"),
        (NAN, 1000, "inconclusive", "error", "no counts"),
    ],
)
def test_volume_fails_only_where_it_is_shown_to_have_gone_or_burst(
    current_n: int, base_n: int, verdict: str, reason: str, words: str
) -> None:
    found = judge_volume(current_n, 600, base_n, 600)

    assert (found.verdict, found.reason) == (verdict, reason)
    assert found.warn == (reason == "worse_but_small")
    assert words in found.said


@pytest.mark.parametrize("base_n", [38, 39, 100, 1000, 20_000])
def test_volume_fails_only_where_the_exact_test_does(base_n: int) -> None:
    for current_n in range(base_n // 8):
        exact = binomtest(current_n, current_n + base_n, 1 / 11, alternative="less").pvalue

        assert judge_volume(current_n, 60, base_n, 60).verdict != "fail" or exact <= 0.026


def test_volume_is_per_second() -> None:
    assert judge_volume(100, 60, 10_000, 6000).reason == "within_limit"
    assert judge_volume(100, 60, 10_000, 60).verdict == "fail"


@pytest.mark.parametrize("seconds", [0.0, -1.0, math.nan, math.inf])
def test_volume_over_no_time_is_inconclusive(seconds: float) -> None:
    assert judge_volume(5, seconds, 5, 60).reason == "error"
    assert judge_volume(5, 60, 5, seconds).reason == "error"


@pytest.mark.parametrize(
    ("age_s", "verdict", "reason"),
    [
        (0, "pass", "within_limit"),
        (600, "pass", "within_limit"),
        (601, "fail", "beyond_limit"),
        (-30, "pass", "within_limit"),
        (-61, "inconclusive", "not_comparable"),
    ],
)
def test_freshness_is_the_age_of_the_newest_record(age_s: float, verdict: str, reason: str) -> None:
    found = judge_freshness(NOW - timedelta(seconds=age_s), NOW, 600)

    assert (found.verdict, found.reason) == (verdict, reason)


def test_no_records_are_not_fresh() -> None:
    found = judge_freshness(None, NOW, 600)

    assert (found.verdict, found.reason) == ("inconclusive", "no_data")


def test_a_column_that_is_gone_is_told_with_what_is_new() -> None:
    before = replace(of(AMOUNT, COUNTRY), columns=("amount", "country"))
    now = replace(of(AMOUNT, COUNTRY), columns=("amount_usd", "country"))

    found = {one.name: one for one in judge_inputs(now, before, SPECS, 0.05)}

    assert (found["schema:amount"].verdict, found["schema:country"].verdict) == ("fail", "pass")
    assert found["schema:amount"].said == "column `amount` is gone; new: amount_usd"


def test_a_column_that_never_was_is_no_fault_of_today() -> None:
    one = replace(of(COUNTRY), columns=("country",))

    found = {verdict.name: verdict for verdict in judge_inputs(one, one, SPECS, 0.05)}

    assert (found["schema:amount"].verdict, found["schema:amount"].reason) == (
        "inconclusive",
        "not_comparable",
    )


@pytest.mark.parametrize(("commonest", "verdict"), [(3, "pass"), (600, "fail"), (4900, "fail")])
def test_one_number_in_many_rows_stands_still(commonest: int, verdict: str) -> None:
    before = replace(AMOUNT, commonest=2)

    found = judged(replace(AMOUNT, commonest=commonest), COUNTRY, baseline=(before, COUNTRY))

    assert found["frozen:amount"].verdict == verdict


def test_an_hour_may_stand_still() -> None:
    before = replace(AMOUNT, distinct=24, commonest=900)

    assert "frozen:amount" not in judged(AMOUNT, baseline=(before,))


@pytest.mark.parametrize(("same", "verdict"), [(110, "pass"), (1000, "fail")])
def test_entities_that_keep_what_they_had_are_stale(same: int, verdict: str) -> None:
    """As when a feature store is no longer filled: the distribution stays, nothing moves."""
    before = replace(AMOUNT, repeats=1000, same=100)

    found = judged(replace(AMOUNT, repeats=1000, same=same), baseline=(before,))

    assert found["stale:amount"].verdict == verdict


def test_few_that_come_again_tell_nothing() -> None:
    before = replace(AMOUNT, repeats=1000, same=100)

    assert "stale:amount" not in judged(replace(AMOUNT, repeats=99, same=99), baseline=(before,))


def test_nulls_in_spells_are_worth_fewer_rows() -> None:
    """The baseline's nulls all came in a twelfth of its time; so may those of today."""
    slices = tuple((85 if at % 12 == 0 else 2, 2400 // 30) for at in range(30))
    nulls = sum(one for one, _ in slices)
    before = replace(AMOUNT, n=sum(map(sum, slices)), nulls=nulls)
    now = replace(AMOUNT, n=300, nulls=65)

    calm = judged(now, baseline=(before,))["nulls:amount"]
    spells = judged(now, baseline=(replace(before, slices=slices),))["nulls:amount"]

    assert (calm.verdict, spells.verdict) == ("fail", "inconclusive")


def test_a_new_word_is_found_against_as_few_rows() -> None:
    """Five of a thousand rows, and none of a thousand before."""
    before = replace(COUNTRY, n=1000, categories={"de": 600, "fr": 300, "pt": 100})
    now = replace(before, categories={"de": 595, "fr": 300, "pt": 100, "xk": 5})

    found = judged(now, AMOUNT, baseline=(before, AMOUNT))["unseen:country"]

    assert (found.verdict, found.reason) == ("fail", "worse")
    assert "that none came before is chance with p 0.00" in found.said
