"""Properties of driven protocols: work in units of T, its sign, where the wells stand, and what no estimate may do."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import (
    RNG,
    SLIPS,
    Call,
    Changed,
    Energy,
    Tape,
    array,
    arrays,
    close,
    each,
    examples,
    factors,
    generator,
    intact_test,
    law,
    number,
    random,
    refusal_test,
    seeds,
    temperatures,
)

from sgdphysics import work
from sgdphysics.energies import DoubleWell, Gaussian, Harmonic

WELLS = [Harmonic([1.0, 2.0], [0.0, 0.5 * i]) for i in range(3)]
Q0 = random(1).standard_normal((3, 2))
MOVE = work.exact_move(dt=0.3, temperature=1.5)
STARTS = array(shapes=[(), (3,), (3, 3)])
WORKS = array(shapes=[(), (1,)])


def protocol(good):
    """No list of two energies of one dimension that answer as they should."""
    slips = [Energy(**slip) for name, slip in SLIPS.items() if "energy" in slip]
    pairs = [[Energy(), slip] for slip in slips] + [[], [good[0]], [good[0], DoubleWell()], [None, None], [1, 2]]
    return st.sampled_from([*pairs, None, 1, good[0]])


def no_list(good):
    return st.sampled_from([[], [good[0]], [good[0], DoubleWell()], None, 1, good[0]])


def harmonic(good):
    pairs = [[], [good[0]], [good[0], Harmonic(1.0)], [None, None], [Energy(), Energy()], None, 1, "ab", good[0]]
    return st.sampled_from(pairs)


def move(good):
    """No function, or one that loses a path, a coordinate, or the numbers."""
    bad = [
        None,
        1.0,
        "move",
        lambda e, q, rng: q[0],
        lambda e, q, rng: None,
        lambda e, q, rng: "q",
        lambda e, q, rng: q + 1j,
    ]
    return st.sampled_from(bad)


def one_energy(good):
    return st.sampled_from([None, 1, object(), DoubleWell(), Energy(dimension=0), Energy(dimension=True)])


DRIVE = {"protocol": WELLS, "q0": Q0, "move": MOVE, "rng": RNG}
BAD_DRIVE = {"protocol": protocol, "q0": STARTS, "move": move, "rng": generator}
ROOT = {"dt": number(), "temperature": number()}
CALLS = [
    Call(work.drive, DRIVE, BAD_DRIVE, {"protocol": "protocol|energy.*"}),
    Call(work.drive_steps, DRIVE, BAD_DRIVE | {"protocol": no_list, "move": lambda g: st.sampled_from([None, 1, "m"])}),
    *(
        Call(made, {"dt": 0.1, "temperature": 2.0}, ROOT)
        for made in (work.exact_move, work.euler_move, work.metropolis_move)
    ),
    Call(
        work.dragging_dissipation,
        {"distance": [1.0, 2.0], "duration": [1.0, 3.0], "stiffness": 2.0},
        {
            "distance": each(negative=True, more=[np.ones(3)]),
            "duration": each(more=[np.ones(3)]),
            "stiffness": each(more=[np.ones(3)]),
        },
    ),
    Call(work.jarzynski, {"work": [1.0, 2.0, 0.5], "temperature": 2.0}, {"work": WORKS, "temperature": number()}),
    Call(
        work.bar,
        {"forward": [1.0, 2.0, 0.5], "reverse": [0.0, -1.0], "temperature": 2.0},
        {
            "forward": array(shapes=[(), (1,), (2, 2)]),
            "reverse": array(shapes=[(), (1,), (2, 2)]),
            "temperature": number(),
        },
    ),
    Call(
        work.crooks_fit,
        {"forward": [1.0, 2.0, 0.0, 1.5], "reverse": [0.0, -1.0, -0.5, -2.0]},
        {
            "forward": array(shapes=[(), (1,), (2, 2)], more=[np.full(4, 9.0)]),
            "reverse": array(shapes=[(), (1,), (2, 2)], more=[np.full(4, 9.0)]),
        },
    ),
    Call(
        work.Blend,
        {"start": WELLS[0], "end": WELLS[1], "beta": 0.3},
        {"start": one_energy, "end": one_energy, "beta": number(zero=True, above=1.0)},
    ),
    Call(
        work.annealed_importance_sampling,
        {
            "start": WELLS[0],
            "end": WELLS[1],
            "q0": Q0,
            "betas": [0.0, 0.4, 1.0],
            "move": work.metropolis_move(dt=0.1),
            "rng": RNG,
            "temperature": 2.0,
        },
        {
            "start": one_energy,
            "end": one_energy,
            "q0": STARTS,
            "betas": array(shapes=[(), (1,), (3, 1)], more=[[0.0, 0.5], [0.1, 1.0], [0.0, 0.6, 0.5, 1.0]]),
            "move": lambda good: st.sampled_from([None, 1.0, lambda e, q, rng: q[0], lambda e, q, rng: None]),
            "rng": generator,
            "temperature": number(),
        },
    ),
    Call(
        work.mean_harmonic_work,
        {"protocol": WELLS, "mean": [0.0, 1.0], "variance": [1.0, 0.5], "dt": 0.3, "temperature": 2.0},
        {
            "protocol": harmonic,
            "mean": array(shapes=[(), (3,), (2, 3)]),
            "variance": array(shapes=[(), (3,), (2, 3)], wrong=[-1.0]),
        }
        | ROOT,
    ),
    Call(
        work.log_work_moment,
        {"protocol": WELLS, "power": 1.0, "dt": 0.3, "temperature": 2.0},
        {"protocol": harmonic, "power": number(negative=True)} | ROOT,
    ),
]
test_a_bad_argument_is_refused_by_its_name = refusal_test(CALLS)
test_a_call_repeats_and_changes_no_argument = intact_test(CALLS)
MOVES = [work.exact_move, work.euler_move, work.metropolis_move]


def wells(seed, d=2, n=4):
    rng = random(seed)
    return [Harmonic(np.exp(0.5 * rng.standard_normal(d)), rng.standard_normal(d)) for _ in range(n)]


@law(work.drive, work.drive_steps, work.exact_move, work.euler_move, work.metropolis_move)
@examples(4)
@given(seed=seeds, made=st.sampled_from(MOVES), t=temperatures, shift=arrays((2,)), constants=arrays((4,), -9.0, 9.0))
def test_work_is_counted_in_any_units_and_from_any_zero(seed, made, t, shift, constants):
    protocol_, q0 = wells(seed), random(seed).standard_normal((3, 2))
    hot = work.drive(protocol_, q0, move=made(dt=0.2, temperature=t), rng=random(seed))
    assert (hot.work.shape, hot.q.shape) == ((3,), (3, 2))
    cooled = [Harmonic(e.stiffness / t, e.center) for e in protocol_]
    unit = work.drive(cooled, q0, move=made(dt=0.2 * t), rng=random(seed))
    close(unit.work, hot.work / t, 8)
    close(unit.q, hot.q, 8)
    moved = [Harmonic(e.stiffness, e.center + shift) for e in protocol_]
    there = work.drive(moved, q0 + shift, move=made(dt=0.2, temperature=t), rng=random(seed))
    close(there.work, hot.work, 8)
    close(there.q - shift, hot.q, 8)
    if made is not work.exact_move:
        raised = [Changed(e, constant=c) for e, c in zip(protocol_, constants, strict=True)]
        other = work.drive(raised, q0, move=made(dt=0.2, temperature=t), rng=random(seed))
        close(other.work, hot.work + constants[-1] - constants[0], 8)
        close(other.q, hot.q, 8)
    every = list(work.drive_steps(protocol_, q0, move=made(dt=0.2, temperature=t), rng=random(seed)))
    assert len(every) == 4
    close(every[0].work, np.zeros(3))
    close(every[1].work, protocol_[1].energy(q0) - protocol_[0].energy(q0))  # switched first, then moved
    close(every[-1].work, hot.work)
    together = work.drive(protocol_, q0, move=made(dt=0.2, temperature=t), rng=Tape(seed, (), ...))
    for path in range(3):
        alone = work.drive(protocol_, q0[path], move=made(dt=0.2, temperature=t), rng=Tape(seed, (3,), path))
        close(alone.work, together.work[path])
        close(alone.q, together.q[path])


@law(work.drive)
@given(seed=seeds)
def test_a_path_that_leaves_the_numbers_says_so(seed):
    with pytest.raises(work.DivergedError, match="dt"):
        work.drive([Gaussian([0.0], [[1e-3]])] * 300, [[1.0]], move=work.euler_move(dt=9.0), rng=random(seed))


@law(work.jarzynski, work.bar)
@examples(4)
@given(
    forward=arrays((6,), -3, 3),
    reverse=arrays((4,), -3, 3),
    t=temperatures,
    c=factors,
    shift=st.floats(-500, 500),
    seed=seeds,
)
def test_estimates_of_a_free_energy_difference(forward, reverse, t, c, shift, seed):
    order = random(seed).permutation(6)
    for estimate in (
        lambda f, r, t: work.jarzynski(f, temperature=t),
        lambda f, r, t: work.bar(f, r, temperature=t),
    ):
        here, error = estimate(forward, reverse, t)
        assert error >= 0
        for value, expected in (
            (estimate(forward + shift, reverse - shift, t), (here + shift, error)),
            (estimate(c * forward, c * reverse, c * t), (c * here, c * error)),
            (estimate(forward[order], reverse[::-1], t), (here, error)),
        ):
            close(value, expected, 7)
    close(work.bar(reverse, forward, temperature=t)[0], -work.bar(forward, reverse, temperature=t)[0], 7)
    estimate = work.jarzynski(forward, temperature=t)[0]
    assert forward.min() - 1e-9 <= estimate <= forward.mean() + 1e-9
    columns = work.jarzynski(np.stack([forward, forward + 1], axis=1), temperature=t)[0]
    close(columns, [estimate, estimate + 1])
    assert work.jarzynski(forward, temperature=2 * t)[0] >= estimate - 1e-9  # towards the mean


@law(work.bar)
@given(gap=st.sampled_from([10.0, 50.0, 500.0, 5000.0]), shift=st.floats(-100, 100), t=temperatures)
def test_symmetric_works_that_hardly_overlap(gap, shift, t):
    works = gap + np.array([0.0, 1.0])
    difference, error = work.bar(works + shift, works - shift, temperature=t)
    np.testing.assert_allclose(difference, shift, atol=1e-7 * gap)
    assert np.isfinite(error)


@law(work.crooks_fit)
@given(seed=seeds, shift=st.floats(-20, 20), c=factors)
def test_the_fit_of_slope_and_crossing_moves_with_the_works(seed, shift, c):
    rng = random(seed)
    forward, reverse = 1.0 + 1.4 * rng.standard_normal(60), 1.0 + 1.4 * rng.standard_normal(50)
    (slope, crossing), (slope_error, crossing_error) = work.crooks_fit(forward, reverse)
    (other, moved), errors = work.crooks_fit(forward + shift, reverse - shift)
    close([other, moved - shift, *errors], [slope, crossing, slope_error, crossing_error], 6)
    (other, scaled), errors = work.crooks_fit(c * forward, c * reverse)
    close([other * c, scaled / c, errors[0] * c, errors[1] / c], [slope, crossing, slope_error, crossing_error], 6)
    (other, back), _ = work.crooks_fit(reverse, forward)
    close([other, -back], [slope, crossing], 6)


@law(work.dragging_dissipation)
@given(distance=st.floats(-5, 5), duration=st.floats(0.1, 10), k=st.floats(0.1, 10), c=factors)
def test_dragging_costs_less_when_slow(distance, duration, k, c):
    cost = work.dragging_dissipation(distance, duration, k)
    assert 0 <= cost <= 0.5 * k * distance**2 + 1e-9
    close(work.dragging_dissipation(-distance, duration, k), cost)
    close(work.dragging_dissipation(c * distance, duration, k), c**2 * cost)
    close(work.dragging_dissipation(distance, duration / c, c * k), c * cost)
    assert work.dragging_dissipation(distance, 1.5 * duration, k) <= cost + 1e-12


@law(work.Blend)
@given(seed=seeds, beta=st.floats(0.0, 1.0), chains=st.sampled_from([(), (3,), (2, 2)]))
def test_a_blend_lies_between(seed, beta, chains):
    (start, end), q = wells(seed, n=2), random(seed).standard_normal((*chains, 2))
    blend, back = work.Blend(start, end, beta), work.Blend(end, start, 1 - beta)
    close(blend.energy(q), (1 - beta) * start.energy(q) + beta * end.energy(q))
    close(back.energy(q), blend.energy(q))
    close(back.gradient(q), blend.gradient(q))
    assert blend.gradient(q).shape == q.shape
    h = 1e-5
    slope = (blend.energy(q + [h, 0]) - blend.energy(q - [h, 0])) / (2 * h)
    np.testing.assert_allclose(blend.gradient(q)[..., 0], slope, atol=1e-6)


@law(work.annealed_importance_sampling)
@examples(2)
@given(seed=seeds, t=temperatures, constant=st.floats(-9, 9), n=st.integers(1, 5))
def test_annealing_is_driving_along_blends(seed, t, constant, n):
    (start, end), q0, betas = wells(seed, n=2), random(seed).standard_normal((3, 2)), np.linspace(0, 1, n + 1)
    run = partial(work.annealed_importance_sampling, start, betas=betas)
    move_ = work.metropolis_move(dt=0.1, temperature=t)
    weights, q = run(end, q0, move=move_, rng=random(seed), temperature=t)
    blends = [work.Blend(start, end, beta) for beta in betas]
    driven = work.drive(blends, q0, move=move_, rng=random(seed))
    close(weights, -driven.work / t)
    close(q, driven.q)
    raised, same = run(Changed(end, constant=constant), q0, move=move_, rng=random(seed), temperature=t)
    close(raised, weights - constant / t, 8)
    close(same, q, 8)


@law(work.mean_harmonic_work, work.log_work_moment)
@examples(3)
@given(seed=seeds, t=temperatures, c=factors, shift=arrays((2,)), power=st.floats(0.0, 1.0), dt=st.floats(0.01, 3.0))
def test_moments_of_work_in_wells(seed, t, c, shift, power, dt):
    protocol_ = wells(seed)
    moment = partial(work.log_work_moment, dt=dt, temperature=t)
    close(moment(protocol_, 0.0), 0.0)
    free = 0.5 * np.sum(np.log(protocol_[-1].stiffness / protocol_[0].stiffness))
    close(moment(protocol_, 1.0), -free)
    here = moment(protocol_, power)
    assert here <= power * moment(protocol_, 1.0) + 1e-9 or power in (0.0, 1.0)  # convex, 0 at 0
    moved = [Harmonic(e.stiffness, e.center + shift) for e in protocol_]
    close(moment(moved, power), here, 8)
    scaled = [Harmonic(c * e.stiffness, e.center) for e in protocol_]
    close(work.log_work_moment(scaled, power, dt=dt / c, temperature=c * t), here, 8)
    first = protocol_[0]
    law_ = first.center, t / first.stiffness
    mean = work.mean_harmonic_work(protocol_, *law_, dt=dt, temperature=t)
    assert mean >= t * free - 1e-9  # the second law
    close(work.mean_harmonic_work(moved, first.center + shift, law_[1], dt=dt, temperature=t), mean, 8)
    close(work.mean_harmonic_work(scaled, *law_, dt=dt / c, temperature=c * t), c * mean, 8)
    slope = (moment(protocol_, 1e-5) - moment(protocol_, -1e-5)) / 2e-5
    np.testing.assert_allclose(-t * slope, mean, rtol=1e-5, atol=1e-5)


@law(work.metropolis_move)
@given(seed=seeds, t=temperatures)
def test_a_tiny_step_is_never_rejected(seed, t):
    """Its ratio of probabilities is one but for terms of higher order in dt."""
    q = random(seed).standard_normal((5, 2))
    moved = work.metropolis_move(dt=1e-14, temperature=t)(WELLS[1], q, random(seed))
    assert (moved != q).all()
    close(moved, q, 5)
