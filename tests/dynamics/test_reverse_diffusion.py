"""The way back from noise against the linear chain's own mean and variance, at any temperature; and bad input."""

import numpy as np
import pytest

from sgdphysics.dynamics import DivergedError, reverse_diffusion

MEAN, VARIANCE, TIME, STEPS = np.array([0.7, -1.0]), np.array([0.3, 1.8]), 1.2, 12
AT_REST = {"time": 1.0, "n_steps": 4}


def law(t):
    return MEAN * np.exp(-t), 1 - np.exp(-2 * t) * (1 - VARIANCE)


def score(q, t):
    mean, variance = law(t)
    return (mean - q) / variance


def chain(temperature, time=TIME, steps=STEPS):
    """Mean and variance after each step of q' = q + h [q + (1 + T) s] + √(2Th) ξ, from N(0, 1)."""
    mean, variance, h, states = np.zeros(2), np.ones(2), time / steps, []
    for k in range(steps):
        m, v = law(time - k * h)
        slope = 1 + h * (1 - (1 + temperature) / v)
        mean = slope * mean + h * (1 + temperature) * m / v
        variance = slope**2 * variance + 2 * temperature * h
        states.append((mean, variance))
    return np.array(states).swapaxes(0, 1)


def scores(temperature, against, n=20_000):
    rng = np.random.default_rng(3)
    run = reverse_diffusion(
        score, rng.standard_normal((n, 2)), time=TIME, n_steps=STEPS, temperature=temperature, rng=rng, thin=4
    )
    assert run.q.shape == (3, n, 2)
    assert run.energy is None
    mean, variance = chain(against)[:, 3::4]
    in_mean = (run.q.mean(axis=1) - mean) / np.sqrt(variance / n)
    return np.abs([in_mean, (run.q.var(axis=1) / variance - 1) / np.sqrt(2 / n)]).max()


@pytest.mark.parametrize("temperature", [1.0, 0.4, 0.0])
def test_normal_data_at_any_temperature(temperature):
    assert scores(temperature, temperature) < 4.5
    assert scores(temperature, temperature + 0.4) > 4.5


def test_a_step_is_the_formula():
    q0 = np.random.default_rng(5).standard_normal((3, 4, 2))
    heat = np.linspace(0.0, 2.0, 12).reshape(3, 4)
    for temperature, t in (({"temperature": heat}, heat[..., np.newaxis]), ({}, 1.0)):
        run = reverse_diffusion(score, q0, **AT_REST, **temperature, rng=np.random.default_rng(6))
        noise = np.random.default_rng(6).standard_normal(q0.shape)
        step = q0 + 0.25 * (q0 + (1 + t) * score(q0, 1.0)) + np.sqrt(0.5 * t) * noise
        np.testing.assert_allclose(run.q[0], step, rtol=1e-13)


def test_each_coordinate_has_its_own_noise():
    n, rng = 20_000, np.random.default_rng(4)
    q = reverse_diffusion(score, np.zeros((n, 2)), time=TIME, n_steps=STEPS, rng=rng, thin=STEPS).q[-1]
    assert abs(np.corrcoef(q.T)[0, 1]) < 4.5 / np.sqrt(n)


@pytest.mark.parametrize("temperature", [1.0, 0.4, 0.0])
def test_many_steps_return_the_data(temperature):
    """From N(0, 1) in place of the law at a late time."""
    mean, variance = chain(temperature, time=6.0, steps=6000)[:, -1]
    np.testing.assert_allclose([mean, variance], [MEAN, VARIANCE], atol=0.01)


def test_one_temperature_a_chain_and_the_order_of_times():
    seen = []

    def watched(q, t):
        seen.append(t)
        return score(q, t)

    q0, rng = np.full((2, 2), 0.5), np.random.default_rng(1)
    run = reverse_diffusion(watched, q0, time=1.0, n_steps=4, temperature=np.array([0.0, 1.0]), rng=rng)
    np.testing.assert_allclose(seen, [1.0, 0.75, 0.5, 0.25])
    flow = q0[0] + 0.25 * (q0[0] + score(q0[0], 1.0))
    np.testing.assert_allclose(run.q[0, 0], flow, atol=1e-14)
    assert (run.q[0, 1] != flow).all()
    assert (q0 == 0.5).all()


def test_a_score_that_is_too_steep_for_the_step_says_so():
    with pytest.raises(DivergedError, match=r"diverged at step \d+ in chain \(0,\): take more steps"):
        reverse_diffusion(
            lambda q, t: -(q**3) / t**2, np.full((1, 1), 50.0), time=1.0, n_steps=50, rng=np.random.default_rng(1)
        )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"q0": np.float64(1.0)}, "q0 must have shape"),
        ({"q0": np.zeros((0, 1))}, "hold at least one chain"),
        ({"q0": [[np.nan]]}, "q0 must be finite"),
        ({"time": 0.0}, "time must be greater than zero"),
        ({"n_steps": 2.5}, "n_steps must be an integer"),
        ({"thin": 5}, "thin must be at most n_steps"),
        ({"temperature": -1.0}, "temperature must be zero or more"),
        ({"rng": 4}, "rng must be a numpy.random.Generator"),
        ({"score": lambda q, t: q[0]}, r"score must return the shape of q, \(3, 1\), got \(1,\)"),
        ({"score": lambda q, t: None}, r"score\(q, t\) must be an array of real numbers"),
    ],
)
def test_bad_input_is_named(settings, message):
    arguments = {"score": lambda q, t: -q, "q0": np.zeros((3, 1)), "rng": np.random.default_rng(0)} | AT_REST | settings
    with pytest.raises(ValueError, match=message):
        reverse_diffusion(arguments.pop("score"), arguments.pop("q0"), **arguments)
