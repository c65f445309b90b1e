"""Independent component analysis: natural gradient, the Metropolis correction against exact laws, Amari's distance."""

from itertools import product

import numpy as np
import pytest

from sgdphysics import estimators
from sgdphysics.dynamics import DivergedError, natural_gradient
from sgdphysics.energies import ica

NUMBERS = np.random.default_rng(4).normal(size=33)
MODEL = ica.IndependentComponents(NUMBERS[:15].reshape(5, 3), decay=0.7)
W = np.eye(3) + 0.3 * NUMBERS[15:].reshape(2, 3, 3)


def test_energy_is_minus_the_log_posterior():
    for w in W:
        y = MODEL.x @ w.T
        log = 5 * np.log(abs(np.linalg.det(w))) - np.sum(np.log(4 * np.cosh(y / 2) ** 2)) - 0.35 * np.sum(w**2)
        assert MODEL.energy(w) == pytest.approx(-log - 15 * np.log(4))  # the factor 1/4 of each density
    np.testing.assert_allclose(MODEL.energy(W), [MODEL.energy(w) for w in W])


def test_natural_gradient_is_the_gradient_times_the_preconditioner():
    gradient = np.empty_like(W)
    for i, j in product(range(3), range(3)):
        h = np.zeros((3, 3))
        h[i, j] = 1e-5
        gradient[:, i, j] = (MODEL.energy(W + h) - MODEL.energy(W - h)) / 2e-5
    expected = -np.einsum("cij,ckj,ckl->cil", gradient, W, W)
    np.testing.assert_allclose(MODEL.energy_and_natural_gradient(W)[1], expected, rtol=1e-6, atol=1e-6)


def test_minibatch_natural_gradient_is_unbiased_over_all_batches():
    estimates = [MODEL.natural_gradient(W[0], np.array(rows)) for rows in product(range(5), repeat=2)]
    np.testing.assert_allclose(np.mean(estimates, axis=0), MODEL.energy_and_natural_gradient(W[0])[1], rtol=1e-11)


def test_noise_of_a_step_has_rows_of_covariance_wtw():
    model = ica.IndependentComponents(np.zeros((1, 2)), decay=1e-12)
    w0 = np.tile([[1.0, 0.5], [-0.3, 2.0]], (100_000, 1, 1))
    rng = np.random.default_rng(5)
    w = natural_gradient.stochastic_langevin(model, w0, step_size=1e-6, n_steps=1, batch_size=1, rng=rng, thin=1)[0]
    noise = (w - w.mean(axis=0)).reshape(-1, 4) / 1e-3
    expected = np.kron(np.eye(2), w0[0].T @ w0[0])
    assert np.abs(noise.T @ noise / len(noise) - expected).max() < 4.5 * np.sqrt(2 / len(noise)) * expected.max()


def radial_moment(model, power):
    """Exact ⟨|W|^power⟩ for one channel by quadrature over the number W > 0."""
    w = np.linspace(1e-6, 40.0, 200_001)
    density = np.exp(-(model.energy(w[:, np.newaxis, np.newaxis]) - model.energy(np.ones((1, 1, 1)))))
    return np.sum(w**power * density) / np.sum(density)


def worst_z(model, w):
    """The largest deviation of ⟨|W|⟩, ⟨W²⟩ and ⟨1/|W|⟩ in standard errors."""
    scores = []
    for power in (1, 2, -1):
        measured, se = estimators.replica_mean(np.mean(np.abs(w[5:, :, 0, 0]) ** power, axis=0))
        scores.append(abs(measured - radial_moment(model, power)) / se)
    return max(scores)


@pytest.mark.parametrize("epsilon", [0.2, 0.6])
def test_corrected_langevin_samples_the_posterior_of_one_channel(epsilon):
    """Large steps, few cases: without the right ratio of the proposals' densities, W would feel its own step."""
    model, rng = ica.IndependentComponents([[0.8], [-1.9], [0.4]], decay=0.5), np.random.default_rng(12)
    w, accepted = natural_gradient.corrected_langevin(
        model, np.ones((6000, 1, 1)), step_size=epsilon, n_steps=300, rng=rng, thin=10
    )
    assert 0.2 < accepted.mean() < 0.98
    assert worst_z(model, w) < 4.5


@pytest.mark.parametrize("broken", ["no ratio of the proposals", "no volume in the proposal"])
def test_corrections_without_their_ratio_are_rejected(monkeypatch, broken):
    right = natural_gradient._log_density
    wrong = {
        "no ratio of the proposals": lambda w, proposal, epsilon: np.zeros(len(w)),
        "no volume in the proposal": lambda w, p, epsilon: right(w, p, epsilon) + w.shape[-1] * p["volume"],
    }[broken]
    monkeypatch.setattr(natural_gradient, "_log_density", wrong)
    model, rng = ica.IndependentComponents([[0.8], [-1.9], [0.4]], decay=0.5), np.random.default_rng(12)
    w, _ = natural_gradient.corrected_langevin(
        model, np.ones((6000, 1, 1)), step_size=0.6, n_steps=300, rng=rng, thin=10
    )
    assert worst_z(model, w) > 9


def test_amari_distance():
    mixing = np.random.default_rng(0).normal(size=(4, 4))
    shuffled = np.diag([2.0, -0.1, 5.0, 1.0])[[2, 0, 3, 1]] @ np.linalg.inv(mixing)
    assert ica.amari_distance(shuffled, mixing) == pytest.approx(0.0, abs=1e-12)
    assert ica.amari_distance(np.ones((4, 4)), np.eye(4)) == pytest.approx(1.0)
    both = ica.amari_distance(np.stack([np.eye(4), mixing]), mixing)
    assert both.shape == (2,)
    assert np.all((both > 0) & (both < 1))


def test_instability_by_hand():
    w = np.array([[[0.0, 0.0], [1.0, 1.0]], [[2.0, 0.0], [1.0, 5.0]]])
    x = np.array([[0.0, 0.0], [4.0, 6.0]])
    np.testing.assert_allclose(ica.instability(w, x), [1 * 4.0, 4 * 9.0])


def test_artificial_sources_are_three_of_high_kurtosis_and_three_normal():
    s = ica.artificial_sources(200_000, np.random.default_rng(1))
    assert s.shape == (200_000, 6)
    np.testing.assert_allclose(s.var(axis=0), 1.0, atol=0.05)
    kurtosis = np.mean(s**4, axis=0)
    assert np.all(kurtosis[:3] > 20)
    np.testing.assert_allclose(kurtosis[3:], 3.0, atol=0.1)


def test_a_run_that_blows_up_says_so():
    model = ica.IndependentComponents(np.random.default_rng(0).normal(size=(100, 2)))
    starts = np.stack([np.eye(2), 3 * np.eye(2)])

    def run(n_steps, thin):
        return natural_gradient.stochastic_langevin(
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
    step, kept = caught.value.step, caught.value.trajectory
    assert kept.shape == (step - 1, 2, 2, 2)
    np.testing.assert_array_equal(kept[:3], run(n_steps=3, thin=1))
    with pytest.raises(DivergedError) as later:
        run(n_steps=50, thin=50)
    assert later.value.step == step, "every step is looked at, not only those that are kept"
    assert len(later.value.trajectory) == 0


GOOD = {"w0": np.eye(3)[np.newaxis], "step_size": 0.1, "n_steps": 4, "thin": 2, "rng": np.random.default_rng(0)}


@pytest.mark.parametrize("run", [natural_gradient.stochastic_langevin, natural_gradient.corrected_langevin])
@pytest.mark.parametrize(
    "bad, message",
    [
        ({"w0": np.eye(3)}, "w0 must have 3 axes"),
        ({"w0": np.eye(2)[np.newaxis]}, r"w0 must have shape \(chains, 3, 3\), got \(1, 2, 2\)"),
        ({"w0": np.empty((0, 3, 3))}, r"w0 must have shape \(chains, 3, 3\), got \(0, 3, 3\)"),
        ({"step_size": 0.0}, "step_size must be greater than zero, got 0.0"),
        ({"step_size": [0.1]}, "step_size must be a scalar"),
        ({"n_steps": 0}, "n_steps must be an integer of at least 1, got 0"),
        ({"thin": 0}, "thin must be an integer of at least 1, got 0"),
        ({"thin": 5}, "thin must be at most n_steps = 4, or no state is kept; got 5"),
        ({"rng": 3}, "rng must be a numpy.random.Generator"),
    ],
)
def test_bad_input_is_named(run, bad, message):
    batch = {"batch_size": 2} if run is natural_gradient.stochastic_langevin else {}
    with pytest.raises(ValueError, match=message):
        run(MODEL, **{**GOOD, **batch, **bad})


@pytest.mark.parametrize("size, message", [(0, "an integer of at least 1, got 0"), (6, "number of cases, 5; got 6")])
def test_bad_batch_size_is_named(size, message):
    with pytest.raises(ValueError, match=f"batch_size must be .*{message}"):
        natural_gradient.stochastic_langevin(MODEL, **GOOD, batch_size=size)
