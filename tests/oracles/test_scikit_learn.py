"""scikit-learn: the same models, fitted or asked for their likelihood.

It knows strengths of penalties where ours are scales of priors: C = s² ("normal") or s ("laplace") for the logistic
regression, α = 1/s² for a network, α = σ²/s² for the ridge.
"""

import warnings

import numpy as np
import pytest
from scipy.special import expit

from sgdphysics import datasets, energies
from sgdphysics.energies import robot_arm
from sgdphysics.exact import diffusion

pytest.importorskip("sklearn", reason="the models of scikit-learn are not installed")
RNG = np.random.default_rng(1701)
X = RNG.normal(size=(60, 3))
Y = X @ [0.8, -0.5, 0.2] + 0.6 * RNG.normal(size=60)


@pytest.mark.parametrize(("prior", "ratio"), [("laplace", 1.0), ("normal", 0.0)])
def test_logistic_regression_has_its_minimum_where_they_find_it(prior, ratio):
    """Rejects: s for s²."""
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(8)
    x = rng.normal(size=(300, 4))
    y = np.where(rng.random(300) < expit(x @ [1.0, -0.7, 0.0, 0.3]), 1.0, -1.0)
    scale = 0.4
    solver = "liblinear" if ratio else "lbfgs"
    cost = scale if ratio else scale**2
    fit = LogisticRegression(C=cost, l1_ratio=ratio, solver=solver, tol=1e-10, fit_intercept=False, max_iter=10000).fit(
        x, y
    )
    energy, mode = energies.LogisticRegression(x, y, prior=prior, scale=scale), fit.coef_[0]
    moves = np.random.default_rng(9).normal(size=(200, 4)) * np.logspace(-4, 0, 200)[:, np.newaxis]
    assert np.all(energy.energy(mode + moves) > energy.energy(mode) - 1e-7)
    there = mode != 0.0
    np.testing.assert_allclose(energy.gradient(mode)[there], 0.0, atol=2e-3)
    np.testing.assert_allclose(expit(x @ mode), fit.predict_proba(x)[:, 1], rtol=1e-12)


def test_regression_has_the_posterior_and_the_evidence_of_bayesian_ridge():
    """At the precisions that it finds for noise and prior.

    Rejects: σ for σ², s for s², evidence without 2π.
    """
    from sklearn.linear_model import BayesianRidge, Ridge

    no_hyperprior = {name: 0.0 for name in ("alpha_1", "alpha_2", "lambda_1", "lambda_2")}
    fit = BayesianRidge(fit_intercept=False, compute_score=True, tol=1e-12, max_iter=1000, **no_hyperprior).fit(X, Y)
    model = energies.LinearRegression(X, Y, fit.alpha_**-0.5, fit.lambda_**-0.5)
    mean, covariance = model.posterior()
    np.testing.assert_allclose(mean, fit.coef_, rtol=1e-7)
    np.testing.assert_allclose(covariance, fit.sigma_, rtol=1e-7)
    assert model.log_evidence() == pytest.approx(fit.scores_[-1], rel=1e-9)
    ridge = Ridge(alpha=(0.7 / 1.3) ** 2, fit_intercept=False, solver="cholesky").fit(X, Y)
    np.testing.assert_allclose(energies.LinearRegression(X, Y, 0.7, 1.3).gradient(ridge.coef_), 0.0, atol=1e-10)


def test_the_evidence_is_that_of_a_gaussian_process():
    """Of the functions x·w with w ~ N(0, s²), and noise. Rejects: σ for σ²."""
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, DotProduct

    kernel = ConstantKernel(1.3**2) * DotProduct(sigma_0=0.0, sigma_0_bounds="fixed")
    process = GaussianProcessRegressor(kernel, alpha=0.7**2, optimizer=None).fit(X, Y)
    assert energies.LinearRegression(X, Y, 0.7, 1.3).log_evidence() == pytest.approx(
        process.log_marginal_likelihood_value_, rel=1e-10
    )


def test_the_classifier_is_their_network_and_has_its_minimum_there():
    """They leave the biases without a prior, so that the gradient there is that of our prior alone.

    Rejects: tanh(a/2) for tanh(a), s for s² in the energy and in the gradient.
    """
    from sklearn.neural_network import MLPClassifier

    classes = np.digitize(Y, [-0.4, 0.4])
    fit = MLPClassifier(
        3, activation="tanh", solver="lbfgs", alpha=1 / 0.9**2, tol=1e-12, max_iter=5000, random_state=0
    )
    fit.fit(X, classes)
    parts = [fit.coefs_[0].T, fit.intercepts_[0], fit.coefs_[1].T, fit.intercepts_[1]]
    q = np.concatenate([part.ravel() for part in parts])
    model = energies.SoftmaxNetwork(X, classes, hidden=3, prior_scale=0.9)
    np.testing.assert_allclose(model.probabilities(q, X), fit.predict_proba(X), rtol=1e-10)
    bias = np.repeat([0.0, 1.0, 0.0, 1.0], [part.size for part in parts])
    np.testing.assert_allclose(model.gradient(q), bias * q / 0.9**2, atol=2e-3)
    energy = model.energy(q) - np.sum(bias * q**2) / (2 * 0.9**2)
    assert energy == pytest.approx(60 * fit.loss_, rel=1e-6)


@pytest.mark.parametrize("activation", ["tanh", "logistic"])
def test_the_robot_arm_s_network_is_their_regressor(activation):
    """Rejects: tanh(a) for tanh(a/2)."""
    from sklearn.neural_network import MLPRegressor

    x, y = robot_arm.robot_arm_cases(np.random.default_rng(3), 40)
    network = energies.RobotArmNetwork(x, y, hidden=5, activation=activation)
    fit = MLPRegressor(hidden_layer_sizes=(5,), activation=activation, solver="lbfgs", max_iter=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that two iterations are few
        fit.fit(x, y)
    q = np.random.default_rng(4).normal(size=network.dimension)
    first, second = network.network.layers(network.weights(q))
    fit.coefs_, fit.intercepts_ = [first[:2], second[:, 1:].T], [first[2], second[:, 0]]
    np.testing.assert_allclose(network.outputs(q, x), fit.predict(x), rtol=1e-12)


def mixture_of(weights, means, variances):
    """A GaussianMixture on the line with given parameters."""
    from sklearn.mixture import GaussianMixture

    model = GaussianMixture(len(weights), covariance_type="diag")
    model.weights_, model.means_ = np.asarray(weights), np.reshape(means, (-1, 1))
    model.covariances_ = np.reshape(variances, (-1, 1))
    model.precisions_cholesky_ = model.covariances_**-0.5
    return model


def test_mixtures_have_the_likelihood_of_theirs():
    """Rejects: the second mean without the first, weights left out."""
    x, q = RNG.normal(size=30), RNG.normal(size=(4, 2))
    energy = energies.TiedMixture(x)
    misfit = energy.energy(q) - np.sum(q**2 / (2 * np.array([10.0, 1.0])), axis=1)
    theirs = [mixture_of([0.5, 0.5], [a, a + b], [2.0, 2.0]).score_samples(x[:, None]).sum() for a, b in q]
    np.testing.assert_allclose(misfit - misfit[0], theirs[0] - np.array(theirs), rtol=1e-10, atol=1e-10)
    law = diffusion.mixture([0.3, 0.7], [-1.0, 0.5], [0.4, 0.9])
    theirs = mixture_of([0.3, 0.7], [-1.0, 0.5], [0.4**2, 0.9**2]).score_samples(x[:, None])
    np.testing.assert_allclose(diffusion.log_density(law, x), theirs, rtol=1e-12)


def test_files_of_libsvm_are_read_as_they_read_them(tmp_path):
    """Rejects: features that count from 0."""
    from sklearn.datasets import load_svmlight_file

    text = "-1 3:1 11:0.5 # a comment\n+1 1:-2.5e-1 7:1\n\n-1 12:4\n"
    (tmp_path / "file").write_text(text)
    x, y = load_svmlight_file(str(tmp_path / "file"), n_features=12)
    ours, labels = datasets.read_libsvm(text, 12)
    np.testing.assert_array_equal(ours, x.toarray())
    np.testing.assert_array_equal(labels, y)
