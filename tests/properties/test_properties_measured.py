"""Properties of what is measured: error bars, claims, data sets, many runs side by side."""

import json
import string
import tempfile
from functools import partial
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import (
    Call,
    array,
    arrays,
    close,
    examples,
    factors,
    intact_test,
    integer,
    law,
    random,
    refusal_test,
    seeds,
    word,
)

from sgdphysics import claims, datasets, ensembles, estimators, glyphs

CHAINS = random(1).standard_normal((20, 3))
LINES = "+1 1:0.5 3:1\n-1 2:2 # a remark\n\n"

EXECUTORS = (ensembles.processes, ensembles.EachInAProcess)
CALLS = [
    Call(
        estimators.convergence,
        {"x": CHAINS},
        {"x": array(shapes=[(), (9,), (3, 3), (9, 1), (9, 3)], more=[np.full((1000, 2), 0.1)])},
    ),
    Call(estimators.replica_mean, {"x": CHAINS}, {"x": array(shapes=[(), (3,), (3, 9)])}),
    Call(
        estimators.jackknife,
        {"statistic": np.mean, "x": CHAINS[:, 0], "groups": 5},
        {
            "statistic": lambda good: st.sampled_from([None, 1.0, "mean"]),
            "x": array(shapes=[(), (4,)]),
            "groups": integer(4, most=20),
        },
        {"groups": "groups"},
    ),
    Call(
        datasets.read_libsvm,
        {"text": LINES, "width": 3},
        {
            "text": lambda good: st.sampled_from(
                [
                    None,
                    1,
                    b"+1 1:2",
                    ["+1 1:2"],
                    "one 1:2",
                    "1 0:2",
                    "1 1:nan",
                    "nan 1:1",
                    "1 1:2 1:3",
                    "1 2:",
                    "1 1",
                    "1 a:1",
                ]
            ),
            "width": integer(1),
        },
    ),
    *(
        Call(function, {"workers": 1}, {"workers": lambda good: integer(1)(good).filter(lambda v: v is not None)})
        for function in EXECUTORS
    ),
    Call(
        glyphs.glyph,
        {"font": "DejaVuSans", "character": "7"},
        {"font": word, "character": lambda good: st.sampled_from([None, 1, b"7", "", " ", "ab", [], "\n", "\u3000"])},
    ),
    Call(
        glyphs.glyphs,
        {"characters": "07"},
        {"characters": lambda good: st.sampled_from([None, 1, b"7", "", " ", "7 ", [7], ["ab"]])},
        {"characters": "characters?"},
    ),
]
test_a_bad_argument_is_refused_by_its_name = refusal_test(CALLS)
test_a_call_repeats_and_changes_no_argument = intact_test([c for c in CALLS if c.function not in EXECUTORS])


# --- Error bars --------------------------------------------------------------------------------------------------


@law(estimators.replica_mean, estimators.jackknife)
@given(
    x=arrays((8, 2), -3, 3), c=st.sampled_from([0.5, -2.0]), shift=st.floats(-50, 50), seed=seeds, n=st.integers(4, 8)
)
def test_error_bars_scale_and_do_not_feel_a_shift(x, c, shift, seed, n):
    for estimate in (estimators.replica_mean, partial(estimators.jackknife, partial(np.mean, axis=0), groups=n)):
        mean, error = estimate(x)
        assert mean.shape == error.shape == (2,)
        assert (error >= 0).all()
        other, same = estimate(c * x + shift)
        close(other, c * mean + shift)
        close(same, abs(c) * error)
        close(estimate(x[:, 0])[1], error[0])
    mean, error = estimators.replica_mean(x)
    again = estimators.replica_mean(x[random(seed).permutation(8)])
    close(again[0], mean)
    close(again[1], error)
    for a, b in zip(estimators.jackknife(partial(np.mean, axis=0), x, groups=8), (mean, error), strict=True):
        close(a, b)  # of a mean, with one replica a group


@law(estimators.convergence)
@given(seed=seeds, c=st.sampled_from([0.5, -2.0]), shift=st.floats(-50, 50))
def test_convergence_knows_no_order_of_chains_and_no_units(seed, c, shift):
    x = random(seed).standard_normal((40, 3, 2)).cumsum(axis=0)
    found, scaled, moved = (estimators.convergence(y) for y in (x, c * x, x + shift))
    order = estimators.convergence(x[:, random(seed).permutation(3)])
    one = estimators.convergence(x[..., 0])
    for name in ("r_hat", "ess_bulk", "ess_tail"):
        value = getattr(found, name)
        assert value.shape == (2,)
        close(getattr(order, name), value, 6)
        close(getattr(one, name), value[0], 6)
        if name != "ess_tail" or c > 0:  # a quantile turned round is that of the other side
            close(getattr(scaled, name), value, 6)
    close(moved.ess_bulk, found.ess_bulk, 6)  # the others compare numbers that are equal but for rounding
    close(moved.mcse_mean, found.mcse_mean, 6)
    close(scaled.mcse_mean, abs(c) * found.mcse_mean, 6)
    assert (found.ess_bulk > 0).all()


# --- Claims ------------------------------------------------------------------------------------------------------


def ledger():
    return claims.Claims("a-test")


def entry(check, *arguments, **options):
    """The entry of one claim, whether it passed or not."""
    book = ledger()
    try:
        getattr(book, check)("It holds", *arguments, source="a test", **options)
    except AssertionError:
        assert not book.ledger[0]["passed"]
    return book.ledger[0]


@law(claims.Claims)
@examples(4)
@given(measured=arrays((3,)), se=st.floats(0.1, 2.0), c=factors, shift=st.floats(-50, 50), z=st.floats(0.5, 5.0))
def test_a_claim_is_judged_in_any_units(measured, se, c, shift, z):
    expected = np.zeros(3)
    one = entry("agrees", measured, expected, se=se, z=z)
    for other in (
        entry("agrees", c * measured, c * expected, se=c * se, z=z),
        entry("agrees", -measured, expected, se=se, z=z),
        entry("agrees", measured[::-1], expected, se=se, z=z),
    ):
        assert other["passed"] == one["passed"]
        close(abs(other["z"]), abs(one["z"]))
    close(entry("agrees", measured + shift, expected + shift, se=se, z=z)["z"], one["z"], 8)
    close(one["z"], (one["value"] - one["expected"]) / se)
    assert one["passed"] <= entry("agrees", measured, expected, se=2 * se, z=z)["passed"]
    assert one["passed"] <= entry("agrees", measured, expected, se=se, z=z, dof=5)["passed"]
    if abs(abs(measured[0]) - z * se) > 1e-9:  # else rounding decides
        assert entry("agrees", measured[0], 0.0, se=se, z=z)["passed"] == (abs(measured[0]) < z * se)
    size = np.abs(measured).max()
    assert entry("close", measured, expected, atol=size + 1e-9)["passed"]
    assert size == 0 or not entry("close", measured, expected, atol=0.99 * size)["passed"]
    if abs(size - 0.9) > 1e-9:  # else rounding decides
        assert entry("close", c * (measured + 9), c * (expected + 9), rtol=0.1)["passed"] == (size <= 0.9)
    assert entry("between", measured, measured.min(), measured.max())["passed"]
    assert not entry("between", measured, measured.min() - 1, measured.min() - 0.5)["passed"]
    less = entry("less", measured, measured + 3.1 * se, se=se)
    assert less["passed"]
    assert not entry("less", measured, measured + 2.9 * se, se=se)["passed"]
    assert not entry("less", measured, measured)["passed"]


@law(claims.Claims)
@given(yes=st.booleans(), kind=st.sampled_from([bool, np.bool_, np.array]))
def test_yes_and_no_are_figures_too(yes, kind):
    assert entry("close", kind([yes]) if kind is np.array else kind(yes), yes, atol=0.5)["passed"]
    assert not entry("close", yes, not yes, atol=0.5)["passed"]
    assert entry("between", yes, 0, 1)["passed"]


@law(claims.Claims)
@given(check=st.sampled_from(["agrees", "close", "between", "less"]), bad=st.sampled_from([np.nan, [1.0, np.nan]]))
def test_nan_never_passes(check, bad):
    figures = {"agrees": (0.0,), "close": (0.0,), "between": (-1.0, 1.0), "less": (9.0,)}[check]
    options = {"agrees": {"se": 1.0}, "close": {"atol": 9.0}}.get(check, {})
    assert not entry(check, bad, *figures, **options)["passed"]


BAD_CLAIMS = {
    "se": [("agrees", (1.0, 1.0), {"se": value}) for value in (0.0, -1.0, np.nan, np.inf, None, "s", 1j)]
    + [("less", (1.0, 2.0), {"se": value}) for value in (-1.0, np.nan, np.inf, "s", 1j)],
    "measured": [("agrees", (value, 1.0), {"se": 1.0}) for value in (None, "m", 1j, object())]
    + [("close", (value, 1.0), {"atol": 1.0}) for value in (None, "m", 1j, object())],
    "expected": [("agrees", (1.0, value), {"se": 1.0}) for value in (None, "m", 1j)]
    + [("agrees", (np.ones(2), np.ones(3)), {"se": 1.0}), ("close", (np.ones(2), np.ones(3)), {"atol": 1.0})],
    "z": [("agrees", (1.0, 1.0), {"se": 1.0, "z": value}) for value in (0.0, -1.0, np.nan, None, "z")]
    + [("less", (1.0, 2.0), {"se": 1.0, "z": value}) for value in (-1.0, np.nan, None, "z")],
    "dof": [("agrees", (1.0, 1.0), {"se": 1.0, "dof": value}) for value in (0, -1, np.nan, "d")],
    "atol": [("close", (1.0, 1.0), {"atol": value}) for value in (0.0, -1.0, np.nan, np.inf, None, "a")],
    "rtol": [("close", (1.0, 1.0), {"rtol": value}) for value in (-1.0, np.nan, np.inf, None, "a")],
    "low": [("between", (1.0, *ends), {}) for ends in ((2.0, 1.0), (np.nan, 1.0), (None, 1.0), ("a", 1.0))],
    "high": [("between", (1.0, *ends), {}) for ends in ((2.0, 1.0), (0.0, np.nan), (0.0, None), (0.0, "a"))],
    "value": [("between", (value, 0.0, 1.0), {}) for value in (None, "v", 1j)],
    "smaller": [("less", (value, 1.0), {}) for value in (None, "v", 1j)],
    "larger": [("less", (1.0, value), {}) for value in (None, "v", 1j)],
    "rejects": [("less", (1.0, 2.0), {"rejects": value}) for value in (None, "", 1, " ")],
    "number": [("agrees", ([], []), {"se": 1.0}), ("between", ([], 0, 1), {})],
}


@law(claims.Claims)
@pytest.mark.parametrize(
    ("name", "check", "figures", "options"),
    [(name, *case) for name, cases in BAD_CLAIMS.items() for case in cases],
)
def test_a_claim_that_says_nothing_is_refused_by_name(name, check, figures, options):
    book = ledger()
    with np.errstate(all="ignore"), pytest.raises(ValueError, match=rf"\b{name}"):
        getattr(book, check)("It holds", *figures, source="a test", **options)
    assert not book.ledger


@law(claims.Claims)
@given(
    chapter=st.sampled_from(["", "a/b", "a b", "a.json", "..", None, 1, True]),
    name=st.sampled_from(["", " ", "a\nb", None, 1]),
)
def test_a_ledger_and_a_claim_need_names(chapter, name):
    with pytest.raises(ValueError, match="chapter"):
        claims.Claims(chapter)
    with pytest.raises(ValueError, match="name"):
        ledger().less(name, 1.0, 2.0)
    book = ledger()
    book.less("It holds", 1.0, 2.0)
    with pytest.raises(ValueError, match="name"):
        book.less("It holds", 1.0, 2.0)


@law(claims.seed, claims.rng)
@given(name=st.text(), other=st.text(), seed=st.integers(0, 10**6))
def test_random_numbers_follow_from_a_name_and_a_seed(name, other, seed):
    with mock.patch.dict("os.environ", BOOK_SEED=str(seed)):
        assert claims.seed() == seed
        first, again = claims.rng(name).random(4), claims.rng(name).random(4)
        np.testing.assert_array_equal(first, again)
        if other != name:
            assert (claims.rng(other).random(4) != first).any()
    with mock.patch.dict("os.environ", BOOK_SEED=str(seed + 1)):
        assert (claims.rng(name).random(4) != first).any()


@law(claims.seed)
@given(text=st.sampled_from(["-1", "1.5", "one", "", " 1", "٣", "1e3", "²"]))
def test_a_seed_is_a_number(text):
    with mock.patch.dict("os.environ", BOOK_SEED=text), pytest.raises(ValueError, match="BOOK_SEED"):
        claims.seed()


@law(claims.rng)
@pytest.mark.parametrize("name", [None, 1, b"a", ["a"]])
def test_the_name_of_random_numbers_is_a_word(name):
    with pytest.raises(ValueError, match="name"):
        claims.rng(name)


@law(claims.with_error)
@given(value=st.floats(-1e6, 1e6), se=st.floats(1e-6, 1e4))
def test_a_number_is_written_to_two_digits_of_its_error(value, se):
    text = claims.with_error(value, se)
    number_, error = (float(part) for part in text.split(" ± "))
    assert abs(number_ - value) <= (0.0501 * se if se < 10 else 0.5) + 1e-15 * abs(value)
    np.testing.assert_allclose(error, se, rtol=0.06, atol=0.5 if se >= 10 else 0.0)
    assert "±" not in claims.with_error(value)
    assert claims.with_error(np.nan, se) == "nan"


@law(claims.ClaimsTable, claims.book_root)
@given(values=arrays((3,)))
def test_a_table_has_a_row_for_each_claim(values):
    book = ledger()
    for i, value in enumerate(values):
        book.between(f"Claim <{i}>", value, -9, 9, source="a & b")
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict("os.environ", BOOK_CLAIMS=folder):
        shown = book.table()
        stored = json.loads(Path(folder, "a-test.json").read_text(encoding="utf-8"))
    assert [claim["name"] for claim in stored["claims"]] == [row[0] for row in shown.rows]
    assert len(repr(shown).splitlines()) == 3
    assert "Claim &lt;0&gt;" in shown._repr_html_()
    with tempfile.TemporaryDirectory() as folder, mock.patch("pathlib.Path.cwd", return_value=Path(folder) / "a" / "b"):
        Path(folder, "_config.yml").touch()
        assert claims.book_root() == Path(folder)


# --- Data sets, many runs, printed characters --------------------------------------------------------------------


@law(datasets.read_libsvm)
@given(seed=seeds, cases=st.integers(0, 6), width=st.integers(1, 6), blank=st.sampled_from(["", "\n", " # remark\n"]))
def test_cases_are_read_as_they_were_written(seed, cases, width, blank):
    rng = random(seed)
    x, y = (
        np.where(rng.random((cases, width)) < 0.5, rng.standard_normal((cases, width)), 0.0),
        rng.choice([-1, 1], cases),
    )
    lines = []
    for row, label in zip(x, y, strict=True):
        features = [f"{i + 1}:{value!r}" for i, value in enumerate(row.tolist()) if value]
        lines.append(" ".join([str(label), *rng.permutation(features).tolist()]))
    for end in ("\n", "\r\n"):
        read = datasets.read_libsvm("".join(line + blank + end for line in lines), width)
        np.testing.assert_array_equal(read[0], x)
        np.testing.assert_array_equal(read[1], y)


@law(datasets.a9a, datasets.a9a_or_digits, datasets.odd_digits, datasets.cache_folder, datasets.book_data)
@examples(0.2)
@given(name=st.sampled_from([None, "a8a", 1, ["a9a"], True, b"a9a"]))
def test_data_are_named_and_found_or_stood_in_for(name):
    with pytest.raises(ValueError, match="name"):
        datasets.a9a(name)
    digits = datasets.odd_digits()
    assert set(np.unique(digits.x)) == {0.0, 1.0}
    assert set(np.unique(digits.y)) == {-1.0, 1.0}
    assert len(digits.x) == len(digits.y)
    with tempfile.TemporaryDirectory() as folder:
        here = {"BOOK_DATA": folder, "XDG_CACHE_HOME": folder}
        offline = mock.patch("urllib.request.urlopen", side_effect=OSError("no network"))
        with mock.patch.dict("os.environ", here), offline:
            assert datasets.cache_folder() == Path(folder) / "sgdphysics"
            assert datasets.book_data() == Path(folder)
            with pytest.raises(datasets.DatasetUnavailableError, match="a9a"):
                datasets.a9a()
            stood_in = datasets.a9a_or_digits()
            np.testing.assert_array_equal(stood_in.x, digits.x)
            assert "a9a" in stood_in.note


@law(datasets.mackay_robot_arm, datasets.DatasetUnavailableError)
@pytest.mark.parametrize("content", [None, b"", b"not the file"])
def test_data_that_are_not_there_or_not_they_are_refused(content, tmp_path):
    if content is not None:
        (tmp_path / datasets.ARM_FILE).write_bytes(content)
    wanted = datasets.DatasetUnavailableError if content is None else ValueError
    with mock.patch.dict("os.environ", BOOK_DATA=str(tmp_path)), pytest.raises(wanted, match=datasets.ARM_FILE):
        datasets.mackay_robot_arm()


@law(ensembles.OneAfterAnother, ensembles.run_all, ensembles.as_done, ensembles.available_processors, *EXECUTORS)
@given(values=st.lists(st.integers(), min_size=0, max_size=5), fails=st.booleans())
def test_runs_come_back_under_their_names_in_their_order(values, fails):
    tasks = {f"run {i}": partial(int, value) for i, value in enumerate(values)}
    assert list(ensembles.run_all(tasks, ensembles.OneAfterAnother()).items()) == [
        (f"run {i}", v) for i, v in enumerate(values)
    ]
    done = {name: future.result() for name, future in ensembles.as_done(tasks, ensembles.OneAfterAnother())}
    assert done == {f"run {i}": v for i, v in enumerate(values)}
    if fails:
        with pytest.raises(ZeroDivisionError):
            ensembles.run_all(tasks | {"fails": lambda: 1 // 0}, ensembles.OneAfterAnother())
    assert ensembles.available_processors() >= 1
    with ensembles.processes(1) as executor, pytest.raises(ValueError, match="task 'here'"):
        ensembles.run_all({"here": lambda: 1}, executor)


@law(glyphs.glyph, glyphs.glyphs)
@examples(0.5)
@given(
    font=st.sampled_from(glyphs.FONTS), characters=st.text(string.ascii_letters + string.digits, min_size=1, max_size=3)
)
def test_ink_of_a_character_in_every_font(font, characters):
    images, names = glyphs.glyphs(characters)
    assert images.shape == (16 * len(characters), 64)
    assert ((images >= 0) & (images <= 16) & (images == images.round())).all()
    assert images.any(axis=1).all()
    at = glyphs.FONTS.index(font) * len(characters)
    np.testing.assert_array_equal(images[at], glyphs.glyph(font, characters[0]))
    assert "".join(names[at : at + len(characters)]) == characters
