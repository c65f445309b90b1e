"""Natural-gradient Langevin dynamics: each step to rounding, and exact laws of matrices of one and two channels.

Without data, x = 0, the posterior |det W|^N exp(-λ|W|²/2) is known in any dimension: at temperature T, WᵀW has
Wishart's law with N/T + d degrees of freedom and scale T/λ. The published step without Γ loses d + 1 of these.
"""

import numpy as np
import pytest
from scipy.special import multigammaln

from sgdphysics import dynamics, estimators
from sgdphysics.dynamics import DivergedError, natural_gradient
from sgdphysics.energies import IndependentComponents

PAIR = IndependentComponents([[0.8, 0.3], [-1.9, 0.5], [0.4, -1.2], [0.1, 2.0]], decay=0.5)
START = np.tile([1.0, 0.3, -0.2, 0.8], (6000, 1))


def wishart_moments(n_cases, decay, temperature, d, lost=0):
    """⟨|W|²⟩ and ⟨|det W|⟩ without data, where ``lost`` degrees of freedom are missing."""
    freedom, scale = n_cases / temperature + d - lost, temperature / decay
    volume = (2 * scale) ** (d / 2) * np.exp(multigammaln((freedom + 1) / 2, d) - multigammaln(freedom / 2, d))
    return np.array([d * freedom * scale, volume])


def measured_moments(run, since):
    """Mean and error over chains of |W|² and |det W|."""
    d = int(np.sqrt(run.q.shape[-1]))
    volume = np.abs(np.linalg.det(run.q.reshape(*run.q.shape[:-1], d, d)))
    values = np.stack([np.sum(run.q**2, axis=-1), volume], axis=-1)[since:]
    return estimators.replica_mean(values.mean(axis=0))


def test_a_step_of_natural_sgld_is_its_formula():
    """One batch a chain, one step size and temperature a chain, a schedule; all numbers in the documented order."""
    q, rng, again = START[:3], np.random.default_rng(1), np.random.default_rng(1)
    temperature, scale = np.array([0.5, 1.0, 2.0]), np.array([1.0, 2.0, 0.5])
    run = dynamics.natural_sgld(
        PAIR,
        q,
        step_size=lambda t: 0.01 * scale / (1 + t),
        n_steps=5,
        batch_size=2,
        temperature=temperature,
        rng=rng,
        thin=2,
    )
    states = []
    for t in range(5):
        rows = again.integers(4, size=(3, 2))
        epsilon, kick = 0.01 * scale[:, None] / (1 + t), again.standard_normal((3, 2, 2))
        drift = np.stack([PAIR.natural_gradient(one, batch) for one, batch in zip(q, rows, strict=True)])
        shaken = np.matmul(kick, q.reshape(3, 2, 2)).reshape(3, 4)
        q = q + epsilon / 2 * drift + np.sqrt(epsilon * temperature[:, None]) * shaken
        states.append(q)
    np.testing.assert_allclose(run.q, [states[1], states[3]], rtol=1e-12)
    np.testing.assert_allclose(run.energy, PAIR.energy(run.q), rtol=1e-12)


@pytest.mark.parametrize("sampler", [dynamics.natural_mala, dynamics.natural_sgld])
def test_what_is_left_out_is_heat_of_one_unit_and_each_state_is_kept(sampler):
    settings = {"step_size": 0.01, "n_steps": 5} | ({"batch_size": 2} if sampler is dynamics.natural_sgld else {})
    left, said = (
        sampler(PAIR, START[:3], **settings, **more, rng=np.random.default_rng(1))
        for more in ({}, {"temperature": 1.0, "thin": 1})
    )
    np.testing.assert_array_equal(left.q, said.q)


@pytest.mark.parametrize("name", ["step_size", "temperature"])
@pytest.mark.parametrize("sampler", [dynamics.natural_mala, dynamics.natural_sgld])
def test_a_value_for_each_chain_is_that_value_for_this_chain(sampler, name):
    """Whatever the others have, and whether the chains, which draw in one order, stand in one row or in two."""
    settings = {"step_size": 0.1, "n_steps": 5} | ({"batch_size": 2} if sampler is dynamics.natural_sgld else {})
    starts, values = START[:6] * np.linspace(0.7, 1.3, 6)[:, np.newaxis], np.linspace(0.05, 0.3, 6)

    def states(chains, value):
        q0 = starts.reshape(*chains, 4)
        run = sampler(PAIR, q0, **settings | {name: value}, rng=np.random.default_rng(4))
        return run.q.reshape(5, 6, 4)

    one_row = states((6,), values)
    np.testing.assert_allclose(states((2, 3), values.reshape(2, 3)), one_row, rtol=1e-12)
    for chain, value in enumerate(values):
        np.testing.assert_allclose(states((6,), value)[:, chain], one_row[:, chain], rtol=1e-12)


def test_a_step_of_natural_mala_is_its_formula():
    """The proposal's densities are those of scipy.stats, row by row."""
    from scipy.stats import multivariate_normal

    epsilon, temperature, chains = 0.3, 0.7, 40
    run = dynamics.natural_mala(
        PAIR, START[:chains], step_size=epsilon, n_steps=1, temperature=temperature, rng=np.random.default_rng(2)
    )
    again = np.random.default_rng(2)
    kicks, uniform = again.standard_normal((chains, 2, 2)), again.random(chains)

    def log_density(new, old):
        mean = (old + epsilon / 2 * PAIR.energy_and_natural_gradient(old)[1]).reshape(2, 2)
        spread = epsilon * temperature * old.reshape(2, 2).T @ old.reshape(2, 2)
        return sum(multivariate_normal(m, spread).logpdf(row) for m, row in zip(mean, new.reshape(2, 2), strict=True))

    for c, q in enumerate(START[:chains]):
        mean = q + epsilon / 2 * PAIR.energy_and_natural_gradient(q)[1]
        new = mean + np.sqrt(epsilon * temperature) * (kicks[c] @ q.reshape(2, 2)).ravel()
        ratio = (PAIR.energy(q) - PAIR.energy(new)) / temperature + log_density(q, new) - log_density(new, q)
        accepted = np.log(uniform[c]) < ratio
        assert run.accepted[0, c] == accepted
        np.testing.assert_allclose(run.q[0, c], new if accepted else q, rtol=1e-12)
    assert 0 < run.accepted.sum() < chains


def test_each_chain_draws_its_own_batches_from_all_cases():
    seen = []

    class Watched(IndependentComponents):
        def natural_gradient(self, q, rows):
            seen.append(rows)
            return super().natural_gradient(q, rows)

    rng = np.random.default_rng(3)
    dynamics.natural_sgld(Watched(PAIR.x), START[:5], step_size=1e-4, n_steps=50, batch_size=2, rng=rng)
    rows = np.array(seen)
    assert rows.shape == (50, 5, 2)
    assert set(rows.ravel()) == {0, 1, 2, 3}
    assert len(np.unique(rows.swapaxes(0, 1).reshape(5, -1), axis=0)) == 5


@pytest.mark.parametrize("temperature", [1.0, 0.6])
@pytest.mark.parametrize("d, step_size", [(1, 0.3), (2, 0.15), (3, 0.08)])
def test_natural_mala_samples_wisharts_law_without_data(d, step_size, temperature):
    model = IndependentComponents(np.zeros((4, d)), decay=0.8)
    start, rng = np.tile(2 * np.eye(d).ravel(), (2000, 1)), np.random.default_rng(12)
    bath = {"temperature": temperature, "n_steps": 600, "thin": 30}
    run = dynamics.natural_mala(model, start, step_size=step_size, **bath, rng=rng)
    mean, se = measured_moments(run, since=10)
    assert 0.2 < run.accepted.mean() < 0.95
    assert np.all(np.abs(mean - wishart_moments(4, 0.8, temperature, d)) < 4.5 * se)


def quadrature(model, temperature, points=44, width=6.5):
    """⟨|W|²⟩ and ⟨|det W|⟩ of two channels by the midpoint rule; w₁₁ and w₂₁ > 0, since rows may change sign."""
    at = (np.arange(points) + 0.5) * 2 * width / points - width
    half = at[at > 0]
    total, sums = 0.0, np.zeros(2)
    lowest = model.energy(START[0]) - 5.0
    for first in half:
        q = np.stack(np.meshgrid([first], at, half, at, indexing="ij"), axis=-1).reshape(-1, 4)
        weight = np.exp(-(model.energy(q) - lowest) / temperature)
        volume = np.abs(q[:, 0] * q[:, 3] - q[:, 1] * q[:, 2])
        total += weight.sum()
        sums += [weight @ np.sum(q**2, axis=-1), weight @ volume]
    return sums / total


@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_natural_mala_samples_the_posterior_of_two_channels(temperature):
    exact = quadrature(PAIR, temperature)
    np.testing.assert_allclose(quadrature(PAIR, temperature, points=30, width=7.0), exact, rtol=1e-3)
    rng = np.random.default_rng(13)
    run = dynamics.natural_mala(PAIR, START, step_size=0.2, n_steps=300, thin=10, temperature=temperature, rng=rng)
    mean, se = measured_moments(run, since=10)
    assert 0.2 < run.accepted.mean() < 0.95
    assert np.all(np.abs(mean - exact) < 4.5 * se)
    virial, virial_se = estimators.replica_mean(np.mean(np.sum(run.q * PAIR.gradient(run.q), axis=-1)[10:], axis=0))
    assert abs(virial - 4 * temperature) < 4.5 * virial_se


@pytest.mark.parametrize("broken", ["no ratio of the proposals", "no volume", "volume once, not once a row"])
def test_corrections_without_their_ratio_are_rejected(monkeypatch, broken):
    right = natural_gradient._log_density
    wrong = {
        "no ratio of the proposals": lambda model, q, p, v: np.zeros((*q.shape[:-1], 1)),
        "no volume": lambda model, q, p, v: right(model, q, p, v) + model.size * p["volume"],
        "volume once, not once a row": lambda model, q, p, v: right(model, q, p, v) + (model.size - 1) * p["volume"],
    }[broken]
    monkeypatch.setattr(natural_gradient, "_log_density", wrong)
    model, rng = IndependentComponents(np.zeros((4, 2)), decay=0.8), np.random.default_rng(12)
    run = dynamics.natural_mala(model, START, step_size=0.3, n_steps=200, thin=10, rng=rng)
    mean, se = measured_moments(run, since=8)
    assert np.max(np.abs(mean - wishart_moments(4, 0.8, 1.0, 2)) / se) > 9


@pytest.mark.parametrize("temperature", [1.0, 0.6])
def test_the_published_step_loses_three_degrees_of_freedom_of_two_channels(temperature):
    """The bias of first order in ε goes when the results at ε and ε/2 are extrapolated to zero."""
    model, moments = IndependentComponents(np.zeros((8, 2)), decay=0.8), []
    for step, n_steps in ((0.01, 600), (0.005, 1200)):
        rng = np.random.default_rng(14)
        bath = {"temperature": temperature, "batch_size": 1, "n_steps": n_steps, "thin": n_steps // 20}
        run = dynamics.natural_sgld(model, 3 * START[:3000], step_size=step, **bath, rng=rng)
        moments.append(measured_moments(run, since=10))
    (coarse, coarse_se), (fine, fine_se) = moments
    away = (2 * fine - coarse - wishart_moments(8, 0.8, temperature, 2, lost=3)) / np.hypot(2 * fine_se, coarse_se)
    kept = (2 * fine - coarse - wishart_moments(8, 0.8, temperature, 2)) / np.hypot(2 * fine_se, coarse_se)
    assert np.all(np.abs(away) < 4.5)
    assert np.all(np.abs(kept) > 9)


def test_without_heat_it_descends_to_the_maximum():
    run = dynamics.natural_sgld(
        PAIR,
        START[:4],
        step_size=0.05,
        n_steps=4000,
        batch_size=4,
        temperature=0.0,
        rng=np.random.default_rng(5),
        thin=4000,
    )
    assert np.all(run.energy[-1] < PAIR.energy(START[0]))


def test_a_run_that_blows_up_says_so():
    model = IndependentComponents(np.random.default_rng(0).normal(size=(100, 2)))
    starts = np.stack([np.eye(2).ravel(), 3 * np.eye(2).ravel()])

    def run(n_steps, thin):
        return dynamics.natural_sgld(
            model,
            starts,
            step_size=lambda t: 1e-4 if t < 3 else 50.0,
            n_steps=n_steps,
            batch_size=5,
            rng=np.random.default_rng(0),
            thin=thin,
        )

    with pytest.raises(DivergedError, match="lower step_size") as caught:
        run(n_steps=50, thin=1)
    step, kept = caught.value.step, caught.value.trajectory.q
    assert kept.shape == (step - 1, 2, 4)
    np.testing.assert_array_equal(kept[:3], run(n_steps=3, thin=1).q)
    with pytest.raises(DivergedError) as later:
        run(n_steps=50, thin=50)
    assert later.value.step == step, "every step is looked at, not only those that are kept"
    assert len(later.value.trajectory.q) == 0


GOOD = {"q0": [1.0, 0.0, 0.0, 1.0], "step_size": 0.1, "n_steps": 4, "thin": 2, "rng": np.random.default_rng(0)}


@pytest.mark.parametrize("run", [dynamics.natural_sgld, dynamics.natural_mala])
@pytest.mark.parametrize(
    "bad, message",
    [
        ({"q0": np.eye(2)}, r"q0 must have shape \(..., 4\) for this energy, got shape \(2, 2\)"),
        ({"q0": np.empty((0, 4))}, "q0 must hold at least one chain"),
        ({"step_size": 0.0}, "step_size must be greater than zero, got 0.0"),
        ({"step_size": [0.1]}, "step_size must be a scalar or one value a chain"),
        ({"n_steps": 0}, "n_steps must be an integer of at least 1, got 0"),
        ({"thin": 0}, "thin must be an integer of at least 1, got 0"),
        ({"thin": 5}, "thin must be at most n_steps = 4, or no state is kept; got 5"),
        ({"temperature": -1.0}, "temperature must be"),
        ({"rng": 3}, "rng must be a numpy.random.Generator"),
    ],
)
def test_bad_input_is_named(run, bad, message):
    batch = {"batch_size": 2} if run is dynamics.natural_sgld else {}
    with pytest.raises(ValueError, match=message):
        run(PAIR, **{**GOOD, **batch, **bad})


@pytest.mark.parametrize("size, message", [(0, "an integer of at least 1, got 0"), (6, "number of cases, 4; got 6")])
def test_bad_batch_size_is_named(size, message):
    with pytest.raises(ValueError, match=f"batch_size must be .*{message}"):
        dynamics.natural_sgld(PAIR, **GOOD, batch_size=size)
