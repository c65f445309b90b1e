"""Properties of every dynamics: chains do not feel each other, thinning only looks away, T is a unit of energy."""

import warnings
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import Scripted
from strategies import (
    ANYTHING,
    RNG,
    SLIPS,
    Call,
    Changed,
    Energy,
    Tape,
    array,
    arrays,
    close,
    energy,
    examples,
    factors,
    generator,
    intact_test,
    integer,
    law,
    number,
    per_chain,
    random,
    refusal_test,
    seeds,
    temperatures,
    word,
)

from sgdphysics import dynamics, work
from sgdphysics.dynamics import start as entrance
from sgdphysics.dynamics import trajectory
from sgdphysics.energies import (
    Gaussian,
    Harmonic,
    IndependentComponents,
    LinearRegression,
    LogisticRegression,
    TiedMixture,
)

Q0 = random(0).standard_normal((3, 2))
LINE = LinearRegression(random(1).standard_normal((4, 2)), [1.0, 0.5, -1.0, 0.0], 1.0, 1.0)
WELL = Gaussian([0.5, -0.5], [[1.0, 0.3], [0.3, 0.5]])
UNMIX = IndependentComponents(random(2).standard_normal((6, 2)), 1.0)
W0 = np.tile(np.eye(2).ravel() + 0.1, (3, 1))
RATES = np.array([[0.0, 1.0, 0.5], [2.0, 0.0, 1.0], [1.0, 0.3, 0.0]])
STARTS = array(shapes=[(), (3,), (3, 3), (2, 1)])
RUN = {"temperature": 1.5, "rng": RNG, "thin": 2}
BAD_RUN = {"temperature": per_chain(zero=True), "rng": generator, "thin": integer(1, most=4)}
STEPS = {"n_steps": integer(1)}


def scheduled(good):
    """Not a step size, nor (a function is one) what could return it."""
    return per_chain()(good).filter(lambda value: not callable(value))


def energy_of_cases(good):
    """Not a sum over cases, or one whose minibatches answer in a wrong shape or type."""
    slips = [Energy(**slip) for slip in SLIPS.values()]
    return st.sampled_from([object(), None, WELL, *slips])


def slipped_gradient(good):
    """As ``energy``, of which the gradient alone is asked."""
    return energy(good).filter(lambda e: not getattr(e, "_energy", None))


def diagonal_apart(good):
    """Rates of which one off the diagonal, which is ignored, is wrong."""
    return st.sampled_from([(0, 1), (2, 0), (1, 2)]).flatmap(
        lambda place: st.sampled_from([np.nan, np.inf, -1.0]).map(lambda value: _put(good, place, value))
    ) | st.sampled_from([None, "rates", np.ones(3), np.ones((2, 3)), np.ones((1, 1)), 1j * good, np.zeros((0, 0))])


def _put(good, place, value):
    bad = np.array(good)
    bad[place] = value
    return bad


def states(good):
    bad = [None, 0, [0.0, 1.0], [-1, 0], [0, 3], "start", [[0, 1]], [True, False], np.ma.masked_array([0, 1], [1, 0])]
    return st.sampled_from(bad)


CALLS = [
    Call(
        dynamics.langevin,
        {"energy": WELL, "q0": Q0, "dt": 0.1, "n_steps": 4} | RUN,
        {"energy": energy, "q0": STARTS, "dt": per_chain()} | STEPS | BAD_RUN,
        {"energy": "energy.*|q0"},
    ),
    Call(
        dynamics.underdamped_langevin,
        {"energy": WELL, "q0": Q0, "dt": 0.1, "n_steps": 4, "friction": 1.0, "mass": 2.0} | RUN,
        {"energy": energy, "q0": STARTS, "dt": per_chain(), "friction": per_chain(zero=True), "mass": per_chain()}
        | STEPS
        | BAD_RUN,
        {"energy": "energy.*|q0"},
    ),
    Call(
        dynamics.hamiltonian_monte_carlo,
        {"energy": WELL, "q0": Q0, "step_size": 0.1, "n_leapfrog": 2, "n_trajectories": 4, "alpha": 0.5} | RUN,
        {
            "energy": energy,
            "q0": STARTS,
            "step_size": per_chain(),
            "n_leapfrog": integer(1),
            "n_trajectories": integer(1),
            "alpha": lambda good: per_chain(zero=True)(good) | st.floats(min_value=1.0, allow_nan=False),
        }
        | BAD_RUN
        | {"temperature": per_chain()},
        {"energy": "energy.*|q0"},
    ),
    Call(
        dynamics.stochastic_dynamics,
        {"energy": WELL, "q0": Q0, "step_size": 0.1, "n_steps": 4, "alpha": 0.5, "on_divergence": "raise"} | RUN,
        {
            "energy": energy,
            "q0": STARTS,
            "step_size": per_chain(),
            "alpha": lambda good: per_chain(zero=True)(good) | st.floats(min_value=1.0, exclude_min=True),
            "on_divergence": word,
        }
        | STEPS
        | BAD_RUN,
        {"energy": "energy.*|q0"},
    ),
    Call(
        dynamics.sgld,
        {"energy": LINE, "q0": Q0, "step_size": 0.1, "n_steps": 4, "batch_size": 2, "control_variate": [0.0, 0.1]}
        | RUN,
        {
            "energy": energy_of_cases,
            "q0": STARTS,
            "step_size": lambda good: scheduled(good) | scheduled(good).map(lambda value: lambda t: value),
            "batch_size": integer(1, most=4),
            "control_variate": lambda good: array(shapes=[(), (3,), (3, 2)])(good).filter(lambda v: v is not None),
        }
        | STEPS
        | BAD_RUN,
        {"energy": "energy.*|q0"},
    ),
    Call(
        dynamics.sgd,
        {
            "energy": LINE,
            "q0": Q0,
            "learning_rate": 0.1,
            "n_steps": 4,
            "batch_size": 2,
            "momentum": 0.5,
            "replacement": False,
            "rng": RNG,
            "thin": 2,
        },
        {
            "energy": energy_of_cases,
            "q0": STARTS,
            "learning_rate": scheduled,
            "batch_size": integer(1, most=4, more=[3]),
            "momentum": number(zero=True, above=1.0, more=[1.0]),
            "replacement": ANYTHING,
            "rng": generator,
            "thin": integer(1, most=4),
        }
        | STEPS,
        {"energy": "energy.*|q0"},
    ),
    Call(
        dynamics.stochastic_gradient_hmc,
        {
            "energy": LINE,
            "q0": Q0,
            "learning_rate": 0.1,
            "n_steps": 4,
            "batch_size": 2,
            "friction": 0.3,
            "noise_estimate": 0.1,
        }
        | RUN,
        {
            "energy": energy_of_cases,
            "q0": STARTS,
            "learning_rate": number(),
            "batch_size": integer(1, most=4),
            "friction": number(above=1.0),
            "noise_estimate": number(zero=True, above=0.45),
            "temperature": number(zero=True),
            "rng": generator,
            "thin": integer(1, most=4),
        }
        | STEPS,
        {"energy": "energy.*|q0"},
    ),
    Call(
        dynamics.natural_sgld,
        {"energy": UNMIX, "q0": W0, "step_size": 0.01, "n_steps": 4, "batch_size": 2} | RUN,
        {
            "energy": lambda good: st.sampled_from([WELL, LINE, None, object(), *map(_slip, SLIPS)]),
            "q0": array(shapes=[(), (3,), (3, 3)]),
            "step_size": scheduled,
            "batch_size": integer(1, most=6),
        }
        | STEPS
        | BAD_RUN,
        {"energy": "energy.*|q0"},
    ),
    Call(
        dynamics.natural_mala,
        {"energy": UNMIX, "q0": W0, "step_size": 0.01, "n_steps": 4} | RUN,
        {
            "energy": lambda good: st.sampled_from([WELL, LINE, None, object(), *map(_slip, SLIPS)]),
            "q0": array(shapes=[(), (3,), (3, 3)]),
            "step_size": per_chain(),
        }
        | STEPS
        | BAD_RUN
        | {"temperature": per_chain()},
        {"energy": "energy.*|q0"},
    ),
    Call(
        dynamics.reverse_diffusion,
        {"score": lambda q, t: -q, "q0": Q0, "time": 1.0, "n_steps": 4} | RUN,
        {
            "score": lambda good: st.sampled_from(
                [None, 1.0, "s", *(_returns(v) for v in ("s", None, 1.0, np.ones(3)))]
            ),
            "q0": array(shapes=[()]),
            "time": number(),
        }
        | STEPS
        | BAD_RUN,
    ),
    *(
        Call(
            function,
            {"energy": WELL, "q": Q0, "p": Q0[::-1], "step_size": 0.1, "n_steps": 2},
            {"energy": slipped_gradient, "q": STARTS, "p": array(shapes=[(), (3,), (2,)]), "step_size": per_chain()}
            | STEPS,
            {"energy": "energy.*|q", "p": "p"},
        )
        for function in (dynamics.leapfrog, dynamics.wrong_explicit_euler)
    ),
    Call(
        dynamics.jump_counts,
        {"rates": RATES, "start": [0, 1, 1], "duration": 2.0, "rng": RNG},
        {"rates": diagonal_apart, "start": states, "duration": number(), "rng": generator},
    ),
    Call(
        entrance.start,
        {"energy": LINE, "q0": Q0, "rng": RNG, "batch_size": 2},
        {"energy": ANYTHING, "q0": STARTS, "rng": generator, "batch_size": ANYTHING},  # looked at by the samplers
    ),
    Call(
        trajectory.Recorder,
        {"energy": WELL, "q0": Q0, "n_steps": 4, "thin": 2, "remedy": "wait", "on_divergence": "record"},
        {
            "energy": ANYTHING,
            "q0": ANYTHING,
            "n_steps": integer(1),
            "thin": integer(1, most=4),
            "remedy": ANYTHING,
            "on_divergence": word,
        },
    ),
]


def _returns(value):
    return lambda q, t: value


def _slip(name):
    return Energy(**SLIPS[name], dimension=4)


test_a_bad_argument_is_refused_by_its_name = refusal_test(CALLS)
test_a_call_repeats_and_changes_no_argument = intact_test(
    [call for call in CALLS if call.function is not trajectory.Recorder]  # whose arrays are not filled yet
)


# --- Laws that all runs share ------------------------------------------------------------------------------------


def batches(function, **fixed):
    return partial(function, batch_size=2, **fixed)


#: How each sampler is run by the properties.
RUNS = {
    dynamics.langevin: partial(dynamics.langevin, dt=0.05),
    dynamics.underdamped_langevin: partial(dynamics.underdamped_langevin, dt=0.2, friction=0.7, mass=1.5),
    dynamics.hamiltonian_monte_carlo: partial(dynamics.hamiltonian_monte_carlo, step_size=0.4, n_leapfrog=3, alpha=0.6),
    dynamics.stochastic_dynamics: partial(dynamics.stochastic_dynamics, step_size=0.2, alpha=0.6),
    dynamics.sgld: batches(dynamics.sgld, step_size=0.05, control_variate=np.array([0.1, 0.2])),
    dynamics.sgd: batches(dynamics.sgd, learning_rate=0.05, momentum=0.4),
    dynamics.stochastic_gradient_hmc: batches(
        dynamics.stochastic_gradient_hmc, learning_rate=0.05, friction=0.3, noise_estimate=0.0
    ),
    dynamics.natural_sgld: batches(dynamics.natural_sgld, step_size=0.01),
    dynamics.natural_mala: partial(dynamics.natural_mala, step_size=0.05),
}
sums = st.sampled_from(
    [LINE, TiedMixture([0.5, 2.0, 1.0, -1.0]), LogisticRegression(LINE.x, [1, -1, -1, 1], "normal", 2.0)]
)


def energy_and_start(sampler, energy, chains, seed):
    """An energy that this sampler can be given, and where to begin."""
    if sampler in (dynamics.natural_sgld, dynamics.natural_mala):
        return UNMIX, np.eye(2).ravel() + 0.3 * random(seed).standard_normal((*chains, 4))
    return energy, random(seed).standard_normal((*chains, 2))


def run(sampler, energy, q0, *, n=4, temperature=1.0, rng, **changed):
    length = "n_trajectories" if sampler is dynamics.hamiltonian_monte_carlo else "n_steps"
    heat = {} if sampler is dynamics.sgd else {"temperature": temperature}
    return RUNS[sampler](energy, q0, rng=rng, **{length: n}, **heat, **changed)


def fields(result):
    return {name: value for name, value in result._asdict().items() if value is not None}


@law(*RUNS, trajectory.Recorder)
@pytest.mark.parametrize("sampler", RUNS, ids=lambda sampler: sampler.__name__)
@examples(0.8)
@given(energy=sums, seed=seeds, chains=st.sampled_from([(), (2,), (2, 1)]), n=st.integers(1, 7))
def test_shapes_of_a_run(sampler, energy, seed, chains, n):
    energy, q0 = energy_and_start(sampler, energy, chains, seed)
    for thin in range(1, n + 1):
        result = run(sampler, energy, q0, n=n, rng=random(seed), thin=thin)
        kept = n // thin
        assert result.q.shape == (kept, *q0.shape)
        assert result.energy.shape == (kept, *chains)
        np.testing.assert_allclose(result.energy, energy.energy(result.q), rtol=1e-12, atol=1e-12)
        assert result.q.dtype == result.energy.dtype == np.float64
        assert result.momentum is None or result.momentum.shape == result.q.shape
        assert result.accepted is None or (result.accepted.shape == (kept, *chains) and result.accepted.dtype == bool)
        assert result.weights is None or result.weights.shape == (kept,)


@law(*RUNS, dynamics.reverse_diffusion, trajectory.Recorder)
@pytest.mark.parametrize("sampler", [*RUNS, dynamics.reverse_diffusion], ids=lambda sampler: sampler.__name__)
@examples(0.8)
@given(
    energy=sums,
    seed=seeds,
    thin=st.integers(1, 6),
)
def test_thinning_only_looks_away(sampler, energy, seed, thin):
    if sampler is dynamics.reverse_diffusion:
        each = partial(dynamics.reverse_diffusion, lambda q, t: -q / (1 + t), Q0, time=1.0, n_steps=6)
    else:
        energy, q0 = energy_and_start(sampler, energy, (3,), seed)
        each = partial(run, sampler, energy, q0, n=6)
    whole, thinned = fields(each(rng=random(seed), thin=1)), fields(each(rng=random(seed), thin=thin))
    assert whole.keys() == thinned.keys()
    for name, value in whole.items():
        np.testing.assert_array_equal(thinned[name], value[thin - 1 :: thin], err_msg=name)


@law(*RUNS, dynamics.reverse_diffusion)
@pytest.mark.parametrize("sampler", [*RUNS, dynamics.reverse_diffusion], ids=lambda sampler: sampler.__name__)
@examples(0.8)
@given(
    energy=sums,
    seed=seeds,
    chains=st.sampled_from([(2,), (2, 2), (3, 1)]),
    temperature=st.floats(0.0, 3.0) | st.just("each its own"),
)
def test_a_batch_of_chains_is_the_stack_of_single_runs(sampler, energy, seed, chains, temperature):
    """Also where each chain has a temperature of its own."""
    own = temperature == "each its own"
    heat = 0.1 + random(seed).random(chains) if own else np.full(chains, max(temperature, 0.1))
    given_ = heat if own and sampler is not dynamics.stochastic_gradient_hmc else heat.flat[0]
    if sampler is dynamics.reverse_diffusion:
        q0 = random(seed).standard_normal((*chains, 2))
        each = partial(dynamics.reverse_diffusion, lambda q, t: -q / (1 + t), time=1.0, n_steps=4)
    else:
        energy, q0 = energy_and_start(sampler, energy, chains, seed)
        each = partial(run, sampler, energy)
    together = fields(each(q0, temperature=given_, rng=Tape(seed, (), ...)))
    for chain in np.ndindex(*chains):
        alone = each(
            q0[chain], temperature=float(np.broadcast_to(given_, chains)[chain]), rng=Tape(seed, chains, chain)
        )
        for name, value in fields(alone).items():
            part = together[name] if name == "weights" else together[name][(slice(None), *chain)]
            close(part, value, 9)


@law(dynamics.sgd)
@given(seed=seeds, chains=st.sampled_from([(2,), (2, 2)]), batch=st.sampled_from([1, 2, 4]))
def test_an_epoch_uses_each_case_once_in_every_chain(seed, chains, batch):
    """So that m small steps from one point sum up to one of the whole gradient, whatever the order."""
    q0, small = random(seed).standard_normal((*chains, 2)), 1e-7
    options = {"learning_rate": small, "batch_size": batch, "replacement": False}
    run_ = partial(dynamics.sgd, LINE, n_steps=4 // batch, **options)
    together = run_(q0, rng=Tape(seed, (), ...))
    moved = (q0 - together.q[-1]) / small
    np.testing.assert_allclose(moved, LINE.gradient(q0) * (4 // batch), rtol=1e-3, atol=1e-3)
    for chain in np.ndindex(*chains):
        close(run_(q0[chain], rng=Tape(seed, chains, chain)).q, together.q[(slice(None), *chain)])


@law(*RUNS)
@pytest.mark.parametrize("sampler", RUNS, ids=lambda sampler: sampler.__name__)
@examples(0.8)
@given(energy=sums, seed=seeds, constant=st.sampled_from([-20.0, 3.0, 1000.0]))
def test_a_constant_in_the_energy_is_not_felt(sampler, energy, seed, constant):
    energy, q0 = energy_and_start(sampler, energy, (3,), seed)
    plain = run(sampler, energy, q0, rng=random(seed))
    raised = run(sampler, Changed(energy, constant=constant), q0, rng=random(seed))
    close(raised.q, plain.q)
    close(raised.energy - constant, plain.energy, 8)


def rescaled(sampler, temperature):
    """Arguments at temperature one and E/T that make the run at E and T again, and the factor of its momenta."""
    root = np.sqrt(temperature)
    return {
        dynamics.langevin: ({"dt": 0.05 * temperature}, 1.0),
        dynamics.underdamped_langevin: ({"dt": 0.2 * root, "friction": 0.7 / root}, root),
        dynamics.hamiltonian_monte_carlo: ({"step_size": 0.4 * root}, root),
        dynamics.stochastic_dynamics: ({"step_size": 0.2 * root}, root),
        dynamics.sgld: ({"step_size": 0.05 * temperature}, 1.0),
        dynamics.sgd: ({"learning_rate": 0.05 * temperature}, 1.0),
        dynamics.stochastic_gradient_hmc: (
            {"learning_rate": 0.05 * temperature, "noise_estimate": 0.03 / temperature},
            1.0,
        ),
        dynamics.natural_sgld: ({"step_size": 0.01 * temperature}, 1.0),
        dynamics.natural_mala: ({"step_size": 0.05 * temperature}, 1.0),
    }[sampler]


@law(*RUNS)
@pytest.mark.parametrize("sampler", RUNS, ids=lambda sampler: sampler.__name__)
@examples(0.8)
@given(energy=sums, seed=seeds, temperature=temperatures)
def test_temperature_is_a_unit_of_energy(sampler, energy, seed, temperature):
    """The run at (E, T) is that at (E/T, 1), with time measured in other units."""
    energy, q0 = energy_and_start(sampler, energy, (3,), seed)
    changed, momenta = rescaled(sampler, temperature)
    known = {"noise_estimate": 0.03} if sampler is dynamics.stochastic_gradient_hmc else {}
    hot = run(sampler, energy, q0, temperature=temperature, rng=random(seed), **known)
    unit = run(sampler, Changed(energy, 1 / temperature), q0, rng=random(seed), **changed)
    close(hot.q, unit.q, 8)
    if hot.momentum is not None:
        close(hot.momentum, momenta * unit.momentum, 8)
    if hot.accepted is not None:
        np.testing.assert_array_equal(hot.accepted, unit.accepted)


@law(dynamics.langevin, dynamics.underdamped_langevin, dynamics.stochastic_dynamics, dynamics.hamiltonian_monte_carlo)
@pytest.mark.parametrize("sampler", list(RUNS)[:4], ids=lambda sampler: sampler.__name__)
@examples(0.8)
@given(
    seed=seeds,
    shift=arrays((2,), -3.0, 3.0),
)
def test_a_run_moves_with_its_well(sampler, seed, shift):
    q0 = random(seed).standard_normal((3, 2))
    here = run(sampler, WELL, q0, rng=random(seed))
    there = run(sampler, Gaussian(WELL.mean + shift, WELL.covariance), q0 + shift, rng=random(seed))
    close(there.q - shift, here.q)


@law(*RUNS)
@pytest.mark.parametrize("sampler", RUNS, ids=lambda sampler: sampler.__name__)
@examples(0.8)
@given(energy=sums, seed=seeds)
def test_a_run_in_two_halves_of_one_generator_begins_as_the_whole(sampler, energy, seed):
    energy, q0 = energy_and_start(sampler, energy, (2,), seed)
    whole, begun = (run(sampler, energy, q0, n=n, rng=random(seed)) for n in (5, 2))
    for name, value in fields(begun).items():
        np.testing.assert_array_equal(fields(whole)[name][:2], value)


@law(dynamics.underdamped_langevin)
@given(seed=seeds, mass=st.floats(0.1, 5.0), c=factors, friction=st.floats(0.0, 3.0))
def test_mass_is_a_unit_of_time(seed, mass, c, friction):
    q0, root = random(seed).standard_normal((3, 2)), np.sqrt(c)
    run_ = partial(dynamics.underdamped_langevin, WELL, q0, n_steps=4, temperature=1.5)
    light = run_(dt=0.1, friction=friction, mass=mass, rng=random(seed))
    heavy = run_(dt=0.1 * root, friction=friction / root, mass=c * mass, rng=random(seed))
    close(heavy.q, light.q, 9)
    close(heavy.momentum, root * light.momentum, 9)


# --- One dynamics is another in a limit ---------------------------------------------------------------------------

ONE = LinearRegression([[1.0, -0.5]], [0.7], 0.8, 1.2)  # a batch of its only case knows all
BATCHES = np.zeros((4, 3, 1), int)


@law(dynamics.langevin, dynamics.sgld, dynamics.stochastic_dynamics, dynamics.stochastic_gradient_hmc, dynamics.sgd)
@given(seed=seeds, dt=st.floats(0.01, 0.2), temperature=temperatures, known=st.floats(0.0, 1.0))
def test_langevin_is_the_limit_of_others(seed, dt, temperature, known):
    """Without noise of batches, and without memory of the momentum, in the conventions that each docstring gives."""
    q0, first, *noise = random(seed).standard_normal((6, 3, 2))
    plain = dynamics.langevin(ONE, q0, dt=dt, n_steps=4, temperature=temperature, rng=Scripted(noise))
    batch = {"n_steps": 4, "batch_size": 1}
    run_ = partial(dynamics.sgld, ONE, q0, step_size=2 * dt, temperature=temperature, **batch)
    close(run_(rng=Scripted(noise, rows=BATCHES)).q, plain.q)
    close(run_(control_variate=[0.3, 0.4], rng=Scripted(noise, rows=BATCHES)).q, plain.q)
    heavy = {"n_steps": 4, "alpha": 0.0, "temperature": temperature, "rng": Scripted([first, *noise])}
    close(dynamics.stochastic_dynamics(ONE, q0, step_size=np.sqrt(2 * dt), **heavy).q, plain.q)
    ball = partial(dynamics.stochastic_gradient_hmc, ONE, q0, learning_rate=dt, **batch)
    heat = {"temperature": temperature + known, "noise_estimate": known}  # the batches are said to heat by the rest
    close(ball(friction=1.0, rng=Scripted([first, *noise], rows=BATCHES), **heat).q, plain.q)
    cold = dynamics.langevin(ONE, q0, dt=dt, n_steps=4, temperature=0.0, rng=Scripted(noise))
    down = partial(dynamics.sgd, ONE, q0, learning_rate=dt, **batch)
    close(down(rng=Scripted(rows=BATCHES)).q, cold.q)
    rolls = ball(friction=0.3, temperature=0.0, rng=Scripted([first, *noise], rows=BATCHES))
    close(down(momentum=0.7, rng=Scripted(rows=BATCHES)).q, rolls.q)


@law(dynamics.underdamped_langevin, dynamics.leapfrog, dynamics.hamiltonian_monte_carlo, dynamics.stochastic_dynamics)
@examples(2)
@given(energy=sums, seed=seeds, step=st.floats(0.05, 0.6), temperature=temperatures)
def test_leapfrog_is_the_limit_of_others(energy, seed, step, temperature):
    """Without friction; and of one leapfrog step, tested, Hamiltonian Monte Carlo is the tested Langevin step."""
    rng = random(seed)
    q0, first, *noise = rng.standard_normal((6, 3, 2))
    settings_ = {"n_steps": 4, "temperature": temperature}
    free = dynamics.underdamped_langevin(energy, q0, dt=step, friction=0.0, rng=Scripted([first, *noise]), **settings_)
    kept = dynamics.stochastic_dynamics(
        energy, q0, step_size=step, alpha=1.0, rng=Scripted([first, *noise]), **settings_
    )
    q, p = dynamics.leapfrog(energy, q0, np.sqrt(temperature) * first, step_size=step, n_steps=4)
    for run_ in (free, kept):
        close(run_.q[-1], q)
        close(run_.momentum[-1], p)
    uniform = rng.random((4, 3))
    tested = dynamics.hamiltonian_monte_carlo(
        energy,
        q0,
        step_size=step,
        n_leapfrog=1,
        n_trajectories=4,
        temperature=temperature,
        rng=Scripted([first, *noise], uniform=uniform[..., np.newaxis]),
    )
    move, script = work.metropolis_move(dt=step**2 / 2, temperature=temperature), Scripted(noise, uniform=1 - uniform)
    for state in tested.q:
        q0 = move(energy, q0, script)
        close(state, q0)


@law(dynamics.reverse_diffusion)
@given(seed=seeds, time=st.floats(0.1, 3.0), temperature=temperatures)
def test_what_has_relaxed_is_only_shaken_by_the_way_back(seed, time, temperature):
    """Of score -q at all times: Langevin dynamics in a spring, T times as fast. It is asked where a step begins."""
    q0, *noise = random(seed).standard_normal((5, 3, 2))
    asked = []
    back = dynamics.reverse_diffusion(
        lambda q, t: asked.append(t) or -q, q0, time=time, n_steps=4, temperature=temperature, rng=Scripted(noise)
    )
    spring, dt = Harmonic([1.0, 1.0]), temperature * time / 4
    close(back.q, dynamics.langevin(spring, q0, dt=dt, n_steps=4, rng=Scripted(noise)).q)
    close(asked, time * np.array([1.0, 0.75, 0.5, 0.25]))


# --- Single steps ------------------------------------------------------------------------------------------------


@law(dynamics.leapfrog, dynamics.total_energy)
@examples(4)
@given(energy=sums, seed=seeds, step=st.floats(0.01, 0.3), n=st.integers(1, 8), factor=factors)
def test_leapfrog_goes_back_and_keeps_volume(energy, seed, step, n, factor):
    q, p = random(seed).standard_normal((2, 3, 2))
    kept = q.copy(), p.copy()
    leap = partial(dynamics.leapfrog, energy, step_size=step, n_steps=n)
    there = leap(q, p)
    back = leap(there[0], -there[1])
    close(back[0], q)
    close(-back[1], p)
    np.testing.assert_array_equal((q, p), kept)
    close(dynamics.total_energy(energy, q, p), energy.energy(q) + (p[:, 0] ** 2 + p[:, 1] ** 2) / 2)
    for chain in range(3):
        close(leap(q[chain], p[chain])[0], there[0][chain])
    other = dynamics.leapfrog(
        Changed(energy, factor), q, p * np.sqrt(factor), step_size=step / np.sqrt(factor), n_steps=n
    )
    close(other[0], there[0])
    h, one = 1e-5, np.concatenate([q[0], p[0]])
    slopes = [
        (np.concatenate(leap(*np.split(one + h * e, 2))) - np.concatenate(leap(*np.split(one - h * e, 2)))) / (2 * h)
        for e in np.eye(4)
    ]
    np.testing.assert_allclose(np.linalg.det(slopes), 1.0, atol=1e-5)


@law(dynamics.leapfrog)
@given(energy=sums, seed=seeds, n=st.integers(1, 5))
def test_leapfrog_of_many_steps_is_many_leapfrogs(energy, seed, n):
    q, p = random(seed).standard_normal((2, 3, 2))
    at_once = dynamics.leapfrog(energy, q, p, step_size=0.1, n_steps=n)
    for _ in range(n):
        q, p = dynamics.leapfrog(energy, q, p, step_size=np.full(3, 0.1), n_steps=1)
    close(at_once[0], q)
    close(at_once[1], p)


@law(dynamics.leapfrog)
@given(seed=seeds, step=st.floats(0.01, 1.5), n=st.integers(1, 8))
def test_leapfrog_keeps_the_energy_of_a_slightly_softer_spring(seed, step, n):
    """Exactly, of stiffness k (1 - ε² k/4): the reason why its error in H does not grow."""
    k, (q, p) = np.array([0.5, 1.2]), random(seed).standard_normal((2, 3, 2))
    softer = Harmonic(k * (1 - step**2 * k / 4))
    after = dynamics.leapfrog(Harmonic(k), q, p, step_size=step, n_steps=n)
    close(dynamics.total_energy(softer, *after), dynamics.total_energy(softer, q, p))


@law(dynamics.wrong_explicit_euler)
@given(seed=seeds, step=st.floats(0.01, 0.5), n=st.integers(1, 5))
def test_the_wrong_euler_heats_a_spring_by_the_same_factor_each_step(seed, step, n):
    spring, (q, p) = Gaussian([0.0, 0.0], np.eye(2)), random(seed).standard_normal((2, 3, 2))
    after = dynamics.wrong_explicit_euler(spring, q, p, step_size=step, n_steps=n)
    heated = (1 + step**2) ** n * dynamics.total_energy(spring, q, p)
    close(dynamics.total_energy(spring, *after), heated)


@law(dynamics.refresh_momentum)
@given(seed=seeds, alpha=st.floats(0.0, 1.0), temperature=temperatures)
def test_a_refreshed_momentum_mixes_the_old_and_the_new(seed, alpha, temperature):
    p, noise = random(seed).standard_normal((2, 3, 2))
    mixed = dynamics.refresh_momentum(p, alpha, temperature, noise)
    close(dynamics.refresh_momentum(p, 1.0, temperature, noise), p)
    close(dynamics.refresh_momentum(p, 0.0, temperature, noise), np.sqrt(temperature) * noise)
    unit = dynamics.refresh_momentum(p / np.sqrt(temperature), alpha, 1.0, noise)
    close(mixed, np.sqrt(temperature) * unit)
    turned = dynamics.refresh_momentum(noise, alpha, 1.0, -p / np.sqrt(temperature))  # by a right angle
    close(unit**2 + turned**2, p**2 / temperature + noise**2)


@law(dynamics.langevin_step)
@given(seed=seeds, dt=st.floats(0.01, 1.0), temperature=temperatures, factor=factors)
def test_a_langevin_step_knows_only_force_times_time_and_heat_times_time(seed, dt, temperature, factor):
    q, gradient, noise = random(seed).standard_normal((3, 3, 2))
    step = dynamics.langevin_step(q, gradient, dt, temperature, noise)
    close(dynamics.langevin_step(q, factor * gradient, dt / factor, factor * temperature, noise), step)
    close(dynamics.langevin_step(q + 5.0, gradient, dt, temperature, noise), step + 5.0)
    close(dynamics.langevin_step(-q, -gradient, dt, temperature, -noise), -step)
    close(step + dynamics.langevin_step(q, gradient, dt, temperature, -noise), 2 * (q - gradient * dt))
    close(step - dynamics.langevin_step(q, gradient, dt, 0.0, noise), noise * np.sqrt(2 * temperature * dt))


@law(dynamics.jump_counts)
@given(seed=seeds, duration=st.floats(0.01, 5.0), factor=factors, n=st.integers(0, 6))
def test_jumps_lead_from_the_start_to_the_end_in_any_unit_of_time(seed, duration, factor, n):
    begin = random(seed).integers(3, size=n)
    counts, end = dynamics.jump_counts(RATES, begin, duration, rng=random(seed))
    assert counts.shape == (n, 3, 3)
    assert (counts >= 0).all()
    assert not counts[:, np.arange(3), np.arange(3)].any()
    one = np.eye(3, dtype=int)
    np.testing.assert_array_equal(counts.sum(axis=2) - counts.sum(axis=1), one[begin] - one[end])
    faster, same_end = dynamics.jump_counts(factor * RATES, begin, duration / factor, rng=random(seed))
    np.testing.assert_array_equal(faster, counts)
    np.testing.assert_array_equal(same_end, end)


@law(dynamics.jump_counts)
@given(seed=seeds)
def test_a_jumper_stays_where_no_rate_leads_away(seed):
    trap = np.array([[0.0, 1.0], [0.0, 0.0]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        counts, end = dynamics.jump_counts(trap, [0, 1, 0], 50.0, rng=random(seed))
    assert (counts.sum(axis=(1, 2)) <= 1).all()
    assert end[1] == 1


# --- How a run begins and ends -----------------------------------------------------------------------------------


class Lists:
    """The energy within, answering in lists and in float32."""

    def __init__(self, energy, kind):
        self.dimension, self._energy, self._kind = energy.dimension, energy, kind

    def energy(self, q):
        return self._energy.energy(q).tolist() if self._kind is list else self._energy.energy(q).astype(self._kind)

    def gradient(self, q):
        return self._energy.gradient(q).tolist() if self._kind is list else self._energy.gradient(q).astype(self._kind)

    def minibatch_gradient(self, q, rows):
        return self._energy.minibatch_gradient(q, rows).astype(np.float32)


@law(entrance.start, entrance.Float64)
@given(seed=seeds, kind=st.sampled_from([list, np.float32, np.float64]))
def test_an_energy_may_answer_in_lists_or_other_numbers(seed, kind):
    q0 = random(seed).standard_normal((3, 2))
    heard, q, rng = entrance.start(Lists(WELL, kind), q0, random(seed))
    digits = 5 if kind is np.float32 else 12
    close(heard.energy(q), WELL.energy(q0), digits)
    assert heard.gradient(q).dtype == np.float64
    assert q is not q0
    result = dynamics.langevin(Lists(WELL, kind), q0.tolist(), dt=0.1, n_steps=3, rng=random(seed))
    close(result.q, dynamics.langevin(WELL, q0, dt=0.1, n_steps=3, rng=random(seed)).q, digits)
    wrapped = entrance.Float64(Lists(LINE, np.float32))
    assert wrapped.minibatch_gradient(q0, np.zeros((3, 1), int)).dtype == np.float64
    assert wrapped.dimension == 2


@law(dynamics.DivergedError, trajectory.Recorder)
@pytest.mark.parametrize(
    "sampler", [dynamics.langevin, dynamics.sgd, dynamics.sgld], ids=lambda sampler: sampler.__name__
)
@examples(0.8)
@given(seed=seeds)
def test_a_run_that_blows_up_says_so_and_keeps_what_it_had(sampler, seed):
    q0 = 10 * random(seed).standard_normal((3, 2))
    name = {"langevin": "dt", "sgd": "learning_rate", "sgld": "step_size"}[sampler.__name__]
    with pytest.raises(dynamics.DivergedError, match=name) as raised:
        run(sampler, LINE, q0, n=3000, rng=random(seed), **{name: 1e3})
    kept = raised.value.trajectory
    assert len(kept.q) == raised.value.step - 1
    assert np.isfinite(kept.q).all()


@law(dynamics.InterruptedRun, trajectory.hand_over)
@given(step=st.integers(1, 5), kind=st.sampled_from([KeyboardInterrupt, RuntimeError]))
def test_what_ends_a_run_carries_what_was_kept(step, kind):
    asked = iter(range(100))

    class Ends(Energy):
        def gradient(self, q):
            if next(asked) > step:
                raise kind("enough")
            return super().gradient(q)

    wanted = dynamics.InterruptedRun if kind is KeyboardInterrupt else kind
    with pytest.raises(wanted) as raised:
        dynamics.langevin(Ends(), Q0, dt=0.1, n_steps=50, rng=random(1))
    assert len(raised.value.trajectory.q) == step
