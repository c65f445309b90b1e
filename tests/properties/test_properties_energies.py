"""Properties of every energy: what chains, cases, hidden units and constants may be renamed or moved without effect."""

from functools import partial

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import (
    ANYTHING,
    RNG,
    Call,
    array,
    arrays,
    close,
    examples,
    generator,
    intact_test,
    integer,
    law,
    number,
    random,
    refusal_test,
    seeds,
    shapes_of_chains,
    word,
)

from sgdphysics import energies
from sgdphysics.energies import ica, regression, robot_arm

X, Y = random(1).standard_normal((6, 2)), np.array([1.0, -1.0, 1.0, 1.0, -1.0, 1.0])
CASES = np.array([[0, 1, 1], [5, 2, 3]])
ARM_X, ARM_Y = robot_arm.robot_arm_cases(random(2), 5)
INPUTS = array(shapes=[(), (6,), (5, 2), (1, 6, 2)])
TARGETS = array(shapes=[(), (5,), (6, 1)])
LABELS = array(shapes=[(), (5,), (6, 1)], wrong=[0.0, 2.0, -1.5])
ROWS = lambda good: st.sampled_from(  # noqa: E731
    [[0, 1], [[0.5]], [[0, 9]], [[-1]], np.zeros((0, 2), int), [[]], "rows", [[True]], np.ma.masked_array([[0]], [[1]])]
)
PRECISION = lambda good: st.sampled_from(["float16", np.int32, int, 32, "double", True, [], np.ones(2)])  # noqa: E731
SYMMETRIC = array(shapes=[(), (2,), (3, 3), (2, 3)], wrong=[-5.0])
UNCALLED = "energy gradient minibatch_gradient natural_gradient energy_and_natural_gradient margins scores".split()

CALLS = [
    Call(
        energies.Harmonic,
        {"stiffness": [1.0, 2.0], "center": [0.5, 0.0]},
        {
            "stiffness": array(shapes=[(3,), (2, 2)], wrong=[0.0, -1.0]),
            "center": array(shapes=[(3,), (2, 2)]),
        },
    ),
    Call(energies.DoubleWell, {"barrier": 2.0}, {"barrier": number()}),
    Call(
        energies.Gaussian,
        {"mean": [0.0, 1.0], "covariance": [[2.0, 0.5], [0.5, 1.0]]},
        {"mean": array(shapes=[(), (3,), (2, 2)]), "covariance": SYMMETRIC},
        {"mean": "mean|covariance"},
    ),
    Call(
        energies.LinearRegression,
        {"x": X, "y": Y, "noise": 0.5, "prior_scale": 2.0},
        {"x": INPUTS, "y": TARGETS, "noise": number(), "prior_scale": number()},
    ),
    Call(
        energies.LogisticRegression,
        {"x": X, "y": Y, "prior": "normal", "scale": 2.0, "cases": CASES},
        {"x": INPUTS, "y": LABELS, "prior": word, "scale": number(), "cases": ROWS},
    ),
    Call(energies.TiedMixture, {"x": X[:, 0]}, {"x": array(shapes=[(), (2, 2)])}),
    Call(
        energies.IndependentComponents,
        {"x": X, "decay": 2.0},
        {"x": array(shapes=[(), (6,), (1, 6, 2), (6, 0)]), "decay": number()},
    ),
    Call(
        energies.SoftmaxNetwork,
        {"x": X, "y": [0, 1, 2, 0, 1, 2], "hidden": 3, "prior_scale": 1.0, "cases": CASES, "force_dtype": "float32"},
        {
            "x": INPUTS,
            "y": array(shapes=[(), (5,), (6, 1)], wrong=[-1.0, 0.5]),
            "hidden": integer(1),
            "prior_scale": number(),
            "cases": ROWS,
            "force_dtype": PRECISION,
        },
    ),
    Call(
        energies.RobotArmNetwork,
        {"x": ARM_X, "y": ARM_Y, "hidden": 3, "activation": "tanh", "scale_prior": "flat", "force_dtype": None},
        {
            "x": array(shapes=[(), (5,), (5, 3), (4, 2)]),
            "y": array(shapes=[(), (5,), (5, 3), (4, 2)]),
            "hidden": integer(1),
            "activation": word,
            "scale_prior": word,
            "force_dtype": PRECISION,
        },
    ),
    Call(
        energies.DecayNetwork,
        {
            "x": ARM_X,
            "y": ARM_Y,
            "weight_decay": [0.1, 0.0, 1.0],
            "hidden": 3,
            "activation": "tanh",
            "force_dtype": None,
        },
        {
            "x": array(shapes=[(), (5,), (5, 3), (4, 2)]),
            "y": array(shapes=[(), (5,), (5, 3), (4, 2)]),
            "weight_decay": array(shapes=[(), (2,), (3, 2)], wrong=[-1.0], empty=False),
            "hidden": integer(1),
            "activation": word,
            "force_dtype": PRECISION,
        },
    ),
    Call(
        robot_arm.Perceptron,
        {"x": ARM_X, "y": ARM_Y, "hidden": 3, "activation": "tanh", "force_dtype": None},
        {
            "x": array(shapes=[(), (5,), (5, 3), (4, 2)]),
            "y": array(shapes=[(), (5,), (5, 3), (4, 2)]),
            "hidden": integer(1),
            "activation": word,
            "force_dtype": PRECISION,
        },
    ),
    Call(robot_arm.robot_arm, {"angles": ARM_X}, {"angles": array(shapes=[(), (2, 3), (2, 1)], empty=False)}),
    Call(robot_arm.robot_arm_cases, {"rng": RNG, "n_cases": 3}, {"rng": generator, "n_cases": integer(1)}),
    Call(ica.artificial_sources, {"n_cases": 3, "rng": RNG}, {"rng": generator, "n_cases": integer(1)}),
    Call(
        ica.amari_distance,
        {"w": np.eye(2) + 0.1, "mixing": np.eye(2) + 0.2},
        {
            "w": array(shapes=[(), (2,), (2, 3), (3, 3)], empty=False),
            "mixing": array(shapes=[(), (2,), (2, 3), (3, 3)], empty=False),
        },
        {"w": "w|mixing", "mixing": "w|mixing"},
    ),
    Call(
        ica.instability,
        {"w": random(3).standard_normal((5, 2, 2)), "x": X},
        {"w": array(shapes=[(), (2,), (5, 2, 3)]), "x": array(shapes=[(), (2,), (6, 3)])},
        {"w": "w|x", "x": "w|x"},
    ),
    Call(regression.design_and_targets, {"x": X, "y": Y}, {"x": INPUTS, "y": TARGETS}),
    Call(
        regression.rows_of_chains,
        {"cases": CASES, "rows": np.array([[0, 1], [2, 2]])},
        {
            "cases": ANYTHING,  # looked at when the energy is made
            "rows": lambda good: st.sampled_from([np.zeros((3, 2), int), np.zeros((1, 2), int)]),
        },
    ),
    Call(energies.LinearRegression(X, Y, 0.5, 1.0).posterior, {"temperature": 2.0}, {"temperature": number(zero=True)}),
]
test_a_bad_argument_is_refused_by_its_name = refusal_test(CALLS)
test_a_call_repeats_and_changes_no_argument = intact_test(CALLS)


# --- One of each, for the laws that all share --------------------------------------------------------------------


@st.composite
def any_energy(draw, kind):
    """An energy of the class ``kind``, of some data."""
    d, cases, rng = draw(st.integers(1, 3)), draw(st.integers(1, 6)), random(draw(seeds))
    x, y = rng.standard_normal((cases, d)), rng.standard_normal(cases)
    arm, weights = robot_arm.robot_arm_cases(rng, cases), draw(st.integers(1, 4))
    activation, precision = draw(st.sampled_from(["tanh", "logistic"])), draw(st.sampled_from([None, np.float32]))
    square = rng.standard_normal((d, d))
    makers = {
        "Harmonic": lambda: energies.Harmonic(np.exp(rng.standard_normal(d)), rng.standard_normal(d)),
        "DoubleWell": lambda: energies.DoubleWell(np.exp(rng.standard_normal())),
        "Gaussian": lambda: energies.Gaussian(rng.standard_normal(d), square @ square.T + np.eye(d)),
        "LinearRegression": lambda: energies.LinearRegression(x, y, 0.7, 1.3),
        "LogisticRegression": lambda: energies.LogisticRegression(
            x, np.where(y > 0, 1.0, -1.0), draw(st.sampled_from(["laplace", "normal"])), 1.7
        ),
        "TiedMixture": lambda: energies.TiedMixture(y),
        "IndependentComponents": lambda: energies.IndependentComponents(x, 0.6),
        "SoftmaxNetwork": lambda: energies.SoftmaxNetwork(
            x, rng.integers(3, size=cases), weights, 1.4, force_dtype=precision
        ),
        "RobotArmNetwork": lambda: energies.RobotArmNetwork(
            *arm, weights, activation, draw(st.sampled_from(["flat", "normal", "lognormal"])), precision
        ),
        "DecayNetwork": lambda: energies.DecayNetwork(*arm, [0.3, 0.0, 1.1], weights, activation, precision),
    }
    return makers[kind.__name__]()


def positions_of(energy, chains, seed):
    """Positions (*chains, d) of an energy; an unmixing matrix must have an inverse."""
    q = random(seed).standard_normal((*chains, energy.dimension))
    return q + 3 * np.eye(energy.size).ravel() if isinstance(energy, energies.IndependentComponents) else q


def digits_of(energy):
    """How many digits a gradient has."""
    network = getattr(energy, "network", energy)
    single = getattr(network, "dtype", None) == np.float32
    single |= getattr(network, "inputs_of_forces", np.zeros(0)).dtype == np.float32
    return 4 if single else 10


ALL = [getattr(energies, name) for name in energies.__all__ if name not in ("Energy", "DataEnergy")]


@law(*ALL, robot_arm.Perceptron)
@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
@examples(0.8)
@given(data=st.data(), chains=shapes_of_chains, seed=seeds)
def test_a_batch_is_the_stack_of_its_chains(kind, data, chains, seed):
    energy = data.draw(any_energy(kind))
    q = positions_of(energy, chains, seed)
    e, g = energy.energy(q), energy.gradient(q)
    assert (np.shape(e), g.shape) == (chains, q.shape)
    assert np.asarray(e).dtype == g.dtype == np.float64
    for chain in np.ndindex(*chains):
        close(e[chain], energy.energy(q[chain]))
        close(g[chain], energy.gradient(q[chain]), digits_of(energy))
    if hasattr(energy, "minibatch_gradient"):
        rows = random(seed).integers(energy.n_cases, size=(*chains, 2))
        g = energy.minibatch_gradient(q, rows)
        assert (g.shape, g.dtype) == (q.shape, np.float64)
        for chain in np.ndindex(*chains):
            close(g[chain], energy.minibatch_gradient(q[chain], rows[chain]), digits_of(energy))


@law(*ALL, robot_arm.Perceptron)
@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
@examples(0.8)
@given(data=st.data(), seed=seeds)
def test_the_gradient_is_the_slope_of_the_energy(kind, data, seed):
    energy = data.draw(any_energy(kind))
    q, along = positions_of(energy, (2,), seed), random(seed + 1).standard_normal(energy.dimension)
    assume(np.abs(q).min() > 1e-3)  # a Laplace prior has a kink at 0
    h = 1e-4 / np.abs(along).max()
    ahead, back = (energy.energy(q + s * h * along) for s in (1, -1))
    slope = np.sum(energy.gradient(q) * along, axis=-1)
    scale = 1 + np.abs(energy.gradient(q)).sum()
    np.testing.assert_allclose((ahead - back) / (2 * h), slope, rtol=0, atol=scale * 10.0 ** -min(4, digits_of(energy)))


SUMS = [e for e in ALL if hasattr(e, "minibatch_gradient")]
ORDERED = [*SUMS, energies.RobotArmNetwork, energies.DecayNetwork]


@law(*SUMS)
@pytest.mark.parametrize("kind", SUMS, ids=lambda kind: kind.__name__)
@examples(0.8)
@given(data=st.data(), chains=shapes_of_chains, seed=seeds)
def test_minibatches_are_unbiased_and_the_whole_is_the_gradient(kind, data, chains, seed):
    energy = data.draw(any_energy(kind))
    q, n, digits = positions_of(energy, chains, seed), energy.n_cases, digits_of(energy)
    whole = energy.gradient(q)
    close(energy.minibatch_gradient(q, random(seed).permutation(n)), whole, digits)
    close(np.mean([energy.minibatch_gradient(q, np.array([c])) for c in range(n)], axis=0), whole, digits)
    twice = np.tile(np.arange(n), 2)
    close(energy.minibatch_gradient(q, twice), whole, digits)


def relabelled(energy, order):
    """The same energy with its cases in another order."""
    if isinstance(energy, energies.LinearRegression):
        return energies.LinearRegression(energy.x[order], energy.y[order], energy.noise, energy.prior_scale)
    if isinstance(energy, energies.LogisticRegression):
        return energies.LogisticRegression(energy.x[order], energy.y[order], energy.prior, energy.scale)
    if isinstance(energy, energies.TiedMixture):
        return energies.TiedMixture(energy.x[order])
    return energies.IndependentComponents(energy.x[order], energy.decay)


@law(*SUMS)
@pytest.mark.parametrize("kind", ORDERED, ids=lambda kind: kind.__name__)
@examples(0.8)
@given(data=st.data(), seed=seeds)
def test_the_order_of_cases_does_not_matter(kind, data, seed):
    energy = data.draw(any_energy(kind))
    q = positions_of(energy, (2,), seed)
    if isinstance(energy, energies.SoftmaxNetwork):  # classes are counted: the largest must stay
        other = energies.SoftmaxNetwork(energy.x[::-1], energy.y[::-1], energy.hidden, energy.prior_scale)
        digits = digits_of(energy)
    elif hasattr(energy, "network"):
        net = energy.network
        made = {"hidden": net.hidden, "activation": net.activation}
        if isinstance(energy, energies.DecayNetwork):
            other = energies.DecayNetwork(net.x[::-1], net.y[::-1], [0.3, 0.0, 1.1], **made)
        else:
            other = energies.RobotArmNetwork(net.x[::-1], net.y[::-1], scale_prior=energy.scale_prior, **made)
        digits = digits_of(energy)
    else:
        other, digits = relabelled(energy, random(seed).permutation(energy.n_cases)), 10
    close(other.energy(q), energy.energy(q))
    close(other.gradient(q), energy.gradient(q), digits)


@law(energies.RobotArmNetwork, energies.DecayNetwork, robot_arm.Perceptron)
@examples(2)
@given(
    hidden=st.integers(1, 4),
    activation=st.sampled_from(["tanh", "logistic"]),
    seed=seeds,
    sets=st.sampled_from([(), (2,), (3, 2)]),
)
def test_hidden_units_of_the_arm_have_no_order(hidden, activation, seed, sets):
    rng = random(seed)
    x, y = (part.reshape(*sets, 4, 2) for part in robot_arm.robot_arm_cases(rng, 4 * int(np.prod(sets, dtype=int))))
    network = robot_arm.Perceptron(x, y, hidden, activation)
    w, order = rng.standard_normal((*sets, network.n_weights)), rng.permutation(hidden)
    signs = rng.choice([-1.0, 1.0], hidden) if activation == "tanh" else np.ones(hidden)
    first, second = network.layers(w)
    other = np.concatenate([second[..., :1], (signs * second[..., 1:])[..., order]], axis=-1)
    renamed = np.concatenate([part.reshape(*sets, -1) for part in ((signs * first)[..., order], other)], axis=-1)
    close(network.misfit(renamed), network.misfit(w))
    close(network.squared_error(renamed), network.squared_error(w))
    gradient, its = network.layers(network.misfit_gradient(w)), network.layers(network.misfit_gradient(renamed))
    close(its[0], (signs * gradient[0])[..., order])
    close(its[1][..., 1:], (signs * gradient[1][..., 1:])[..., order])
    assert network.outputs(w, x).shape == y.shape
    decay = energies.DecayNetwork(x, y, [0.5, 1.0, 2.0], hidden, activation)
    close(decay.energy(renamed), decay.energy(w))


@law(energies.RobotArmNetwork)
@given(seed=seeds, prior=st.sampled_from(["flat", "normal", "lognormal"]))
def test_scales_and_weights_of_the_arm_are_one_product(seed, prior):
    """Away from the prior, (u, s) and (u/c, cs) are the same network."""
    network = energies.RobotArmNetwork(ARM_X, ARM_Y, 3, scale_prior=prior)
    q = random(seed).standard_normal(network.dimension)
    other = q.copy()
    other[:-3] /= 2.0
    other[-3:] = q[-3:] + np.log(2.0) if prior == "lognormal" else 2.0 * q[-3:]
    close(network.weights(other), network.weights(q))
    close(network.outputs(other, ARM_X), network.outputs(q, ARM_X))
    close(network.scales(other), 2.0 * network.scales(q))
    assert network.scales(q).shape == (3,)


@law(energies.SoftmaxNetwork)
@examples(2)
@given(hidden=st.integers(1, 4), seed=seeds, chains=shapes_of_chains)
def test_hidden_units_and_classes_of_the_classifier(hidden, seed, chains):
    rng = random(seed)
    network = energies.SoftmaxNetwork(X, [0, 1, 2, 0, 1, 2], hidden, 1.5)
    q, order = rng.standard_normal((*chains, network.dimension)), rng.permutation(hidden)
    u, a, v, b = network.weights(q)
    signs = rng.choice([-1.0, 1.0], (hidden, 1))
    parts = (signs * u)[..., order, :], (signs * a)[..., order, :], (v * signs[:, 0])[..., order], b
    renamed = np.concatenate([part.reshape(*chains, -1) for part in parts], axis=-1)
    close(network.energy(renamed), network.energy(q))
    p = network.probabilities(q, X)
    assert p.shape == (*chains, 6, 3)
    close(p.sum(axis=-1), np.ones((*chains, 6)))
    close(network.probabilities(renamed, X), p)
    raised = np.concatenate([part.reshape(*chains, -1) for part in (u, a, v, b + 3.0)], axis=-1)
    close(network.probabilities(raised, X), p)  # a softmax does not feel a common shift
    along = rng.standard_normal(network.dimension)
    for chain in np.ndindex(*chains):
        close(network.along(q, along, X)[chain], network.jacobian(q[chain], X) @ along)


@law(energies.LogisticRegression, energies.SoftmaxNetwork, regression.rows_of_chains)
@examples(2)
@given(seed=seeds, n=st.integers(1, 8))
def test_training_sets_of_chains_are_energies_of_their_own(seed, n):
    rng = random(seed)
    cases = rng.integers(6, size=(3, n))
    rows = rng.integers(n, size=(3, 2))
    np.testing.assert_array_equal(
        regression.rows_of_chains(cases, rows), [own[picked] for own, picked in zip(cases, rows, strict=True)]
    )
    np.testing.assert_array_equal(regression.rows_of_chains(cases, rows[0]), cases[:, rows[0]])
    labels = np.array([0, 1, 2, 0, 1, 2])
    for make, y in (
        (energies.LogisticRegression, Y),
        (partial(energies.SoftmaxNetwork, hidden=2, prior_scale=1.0), labels),
    ):
        together = make(X, y, cases=cases)
        q = rng.standard_normal((3, together.dimension))
        assert together.n_cases == n
        for i, own in enumerate(cases):
            if make is energies.LogisticRegression or labels[own].max() == 2:
                alone = make(X[own], y[own])
                close(together.energy(q)[i], alone.energy(q[i]))
                close(together.gradient(q)[i], alone.gradient(q[i]))
                close(together.minibatch_gradient(q, rows)[i], alone.minibatch_gradient(q[i], rows[i]))


@law(energies.Harmonic, energies.Gaussian)
@given(seed=seeds, shift=arrays((2,)), d=st.just(2))
def test_a_well_can_be_moved(seed, shift, d):
    rng = random(seed)
    q, k, square = rng.standard_normal((4, d)), np.exp(rng.standard_normal(d)), rng.standard_normal((d, d))
    covariance = square @ square.T + np.eye(d)
    for here, there in (
        (energies.Harmonic(k, np.zeros(d)), energies.Harmonic(k, shift)),
        (energies.Gaussian(np.zeros(d), covariance), energies.Gaussian(shift, covariance)),
    ):
        close(there.energy(q + shift), here.energy(q))
        close(there.gradient(q + shift), here.gradient(q))
    diagonal = energies.Gaussian(shift, np.diag(1 / k))
    close(diagonal.energy(q), energies.Harmonic(k, shift).energy(q))


@law(energies.DoubleWell)
@given(barrier=st.floats(0.1, 10.0), q=arrays((3, 1)))
def test_the_double_well_is_even_and_its_barrier_is_its_height(barrier, q):
    well = energies.DoubleWell(barrier)
    close(well.energy(-q), well.energy(q))
    close(well.gradient(-q), -well.gradient(q))
    close(well.energy([0.0]) - well.energy([1.0]), barrier)


@law(energies.TiedMixture)
@given(seed=seeds, n=st.integers(1, 6))
def test_the_two_means_of_the_mixture_can_be_exchanged(seed, n):
    rng = random(seed)
    mixture, q = energies.TiedMixture(rng.standard_normal(n)), rng.standard_normal((3, 2))
    exchanged = np.stack([q.sum(axis=-1), -q[:, 1]], axis=-1)
    close(mixture.energy(exchanged) - mixture.energy(q), (q.sum(axis=-1) ** 2 - q[:, 0] ** 2) / 20)
    scores = mixture.scores(q)
    assert scores.shape == (3, n, 2)
    close(scores.sum(axis=-2), -mixture.gradient(q))


@law(energies.LinearRegression)
@given(seed=seeds, temperature=st.floats(0.0, 4.0), c=st.sampled_from([0.5, 2.0]))
def test_the_posterior_of_a_line_is_where_its_gradient_vanishes(seed, temperature, c):
    rng = random(seed)
    x, y = rng.standard_normal((5, 2)), rng.standard_normal(5)
    line = energies.LinearRegression(x, y, 0.8, 1.6)
    mean, covariance = line.posterior(temperature)
    close(line.gradient(mean), np.zeros(2))
    close(covariance, covariance.T)
    cloud = line.posterior()[1]  # evidence = likelihood × prior / posterior, here at the mean
    constants = (
        5 * np.log(2 * np.pi * 0.8**2) + 2 * np.log(2 * np.pi * 1.6**2) - np.linalg.slogdet(2 * np.pi * cloud)[1]
    )
    close(line.log_evidence(), -line.energy(mean) - constants / 2)
    cooler = energies.LinearRegression(x, y, 0.8 / np.sqrt(c), 1.6 / np.sqrt(c))  # the energy times c
    close(cooler.energy(mean), c * line.energy(mean))
    close(cooler.posterior(c * temperature)[1], covariance)
    scaled = energies.LinearRegression(x, c * y, c * 0.8, c * 1.6)
    close(scaled.log_evidence(), line.log_evidence() - 5 * np.log(c))
    close(energies.LinearRegression(x[::-1], y[::-1], 0.8, 1.6).log_evidence(), line.log_evidence())


@law(energies.LogisticRegression)
@given(seed=seeds, prior=st.sampled_from(["laplace", "normal"]))
def test_labels_and_weights_change_sign_together(seed, prior):
    q = random(seed).standard_normal((3, 2))
    one, other = energies.LogisticRegression(X, Y, prior), energies.LogisticRegression(X, -Y, prior)
    close(other.energy(-q), one.energy(q))
    close(other.gradient(-q), -one.gradient(q))
    close(other.margins(-q), one.margins(q))
    assert one.margins(q).shape == (3, 6)


@law(energies.IndependentComponents)
@examples(2)
@given(seed=seeds, d=st.integers(1, 3), chains=shapes_of_chains)
def test_sources_have_no_order_and_no_sign(seed, d, chains):
    rng = random(seed)
    ica_energy = energies.IndependentComponents(rng.standard_normal((5, d)), 0.4)
    q = positions_of(ica_energy, chains, seed)
    w = ica_energy.matrices(q)
    moved = (rng.choice([-1.0, 1.0], (d, 1)) * w)[..., rng.permutation(d), :].reshape(q.shape)
    close(ica_energy.energy(moved), ica_energy.energy(q))
    natural = ica_energy.natural_gradient(q, np.arange(5))
    plain = ica_energy.matrices(ica_energy.gradient(q))
    close(ica_energy.matrices(natural), -plain @ np.swapaxes(w, -1, -2) @ w, 8)
    both = ica_energy.energy_and_natural_gradient(q)
    close(both[0], ica_energy.energy(q))
    close(both[1], natural)


@law(ica.amari_distance)
@given(seed=seeds, d=st.integers(2, 4), chains=shapes_of_chains)
def test_the_distance_of_two_mixtures_knows_no_order_and_no_scale(seed, d, chains):
    rng = random(seed)
    w, mixing = rng.standard_normal((*chains, d, d)), rng.standard_normal((d, d)) + 3 * np.eye(d)
    distance = ica.amari_distance(w, mixing)
    assert np.shape(distance) == chains
    assert np.all((distance >= 0) & (distance <= 1 + 1e-12))
    close(ica.amari_distance(np.ones((d, d)), np.eye(d)), 1.0)  # the bound is reached
    scaled = rng.choice([-2.0, 3.0], (d, 1)) * np.eye(d)[rng.permutation(d)]
    close(ica.amari_distance(scaled @ np.linalg.inv(mixing), mixing), 0.0)
    close(ica.amari_distance(w[..., rng.permutation(d), :], mixing), distance)
    close(ica.amari_distance(-3.0 * w, mixing), distance)


@law(ica.instability)
@given(seed=seeds, c=st.sampled_from([0.5, 2.0, -3.0]))
def test_instability_grows_with_the_square_of_what_it_is_of(seed, c):
    rng = random(seed)
    w, x = rng.standard_normal((6, 3, 2, 2)), rng.standard_normal((5, 2))
    one = ica.instability(w, x)
    assert one.shape == (3, 2)
    assert (one >= 0).all()
    close(ica.instability(c * w, x), c**2 * one)
    close(ica.instability(w + 7.0, c * x + 1.0), c**2 * one)
    close(ica.instability(w[::-1], x[::-1]), one)


@law(robot_arm.robot_arm, robot_arm.robot_arm_cases)
@given(seed=seeds, n=st.integers(1, 20))
def test_the_hand_turns_with_the_shoulder_and_cases_lie_in_their_ranges(seed, n):
    x, y = robot_arm.robot_arm_cases(random(seed), n)
    assert x.shape == y.shape == (n, 2)
    ends = np.array([*robot_arm.SHOULDER, robot_arm.ELBOW])
    left, right, elbow = (ends[:, 0] <= x[:, [0, 0, 1]]).T & (x[:, [0, 0, 1]] <= ends[:, 1]).T
    assert ((left | right) & elbow).all()
    noise = np.abs(y - robot_arm.robot_arm(x))
    assert noise.max() < 7 * robot_arm.NOISE
    assert (noise > 0).all()
    hand, turned = robot_arm.robot_arm(x), robot_arm.robot_arm(x + [0.7, 0.0])
    close(turned @ [1, 1j], (hand @ [1, 1j]) * np.exp(0.7j))
    close(robot_arm.robot_arm(x.reshape(n, 1, 2)), hand.reshape(n, 1, 2))


@law(ica.artificial_sources)
@given(seed=seeds, n=st.integers(1, 20))
def test_sources_are_cubes_and_normal(seed, n):
    sources = ica.artificial_sources(n, random(seed))
    normal = random(seed).standard_normal((n, 6))
    assert sources.shape == (n, 6)
    close(np.cbrt(sources[:, :3] * np.sqrt(15)), normal[:, :3])
    close(sources[:, 3:], normal[:, 3:])


@law(regression.design_and_targets)
@given(seed=seeds, n=st.integers(1, 5), kind=st.sampled_from([np.float32, np.int64, bool, list]))
def test_any_real_numbers_are_data(seed, n, kind):
    numbers = random(seed).integers(2, size=(n, 2))
    x, y = (v.tolist() if kind is list else v.astype(kind) for v in (numbers, numbers[:, 0]))
    for given_, made in zip((x, y), regression.design_and_targets(x, y), strict=True):
        assert made.dtype == np.float64
        np.testing.assert_array_equal(made, given_)
