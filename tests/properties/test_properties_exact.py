"""Properties of what theory knows: units, symmetries, norms, and which number is never below which."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import (
    ANYTHING,
    Call,
    Changed,
    Energy,
    array,
    arrays,
    close,
    each,
    energy,
    examples,
    factors,
    integer,
    intact_test,
    law,
    laws_of,
    number,
    probabilities,
    random,
    refusal_test,
    seeds,
    temperatures,
    word,
)

from sgdphysics.energies import DoubleWell, Harmonic, LinearRegression
from sgdphysics.exact import (
    annealing,
    diffusion,
    fokker_planck,
    gibbs,
    ising,
    m_estimation,
    master_equation,
    mean_field,
    onsager,
    perceptron,
    random_energy,
    stationary,
    transfer_matrix,
    variational,
)
from sgdphysics.lattice import LatticeGas

LEVELS = np.array([0.0, 1.0, 0.3, 2.0])
P = np.array([0.4, 0.3, 0.2, 0.1])
X = np.linspace(-6.0, 6.0, 241)
NORMAL = np.exp(-(X**2) / 2) / np.sqrt(2 * np.pi)
MIX = diffusion.mixture([0.25, 0.75], [-1.0, 0.5], [0.8, 0.6])
RATES = np.array([[0.0, 1.0, 0.5], [2.0, 0.0, 1.0], [1.0, 0.3, 0.0]])
K = np.array([[0.0, 0.2, -0.1], [0.2, 0.0, 0.3], [-0.1, 0.3, 0.0]])
A, V = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([[1.0, -0.2], [-0.2, 0.5]])
POT = LatticeGas(3, 3, coupling=1.0, gravity=0.2)
LINE = LinearRegression(random(1).standard_normal((4, 2)), [1.0, 0.5, -1.0, 0.0], 1.0, 1.0)
FP = fokker_planck.FokkerPlanck(Harmonic(1.0), -2.0, 2.0, 4)
GRID = array(shapes=[(), (240,), (2,), (241, 1)], more=[X[::-1], np.zeros(241), X**3])
DENSITY = array(shapes=[(), (240,), (241, 1)], wrong=[-1.0])
SQUARE = array(shapes=[(), (2,), (2, 3), (3, 3), (0, 0)], wrong=[-9.0])
SPINS = array(shapes=[(), (3,), (6,), (4, 2), (1,), (0,)])
DECISION = {"weights": word, "output": word}
LOAD = {"noise": word}
MEANS, COVARIANCES = array(shapes=[(), (3,)]), array(shapes=[(), (2,), (3, 3)])
TEMPERATURE = {"temperature": each()}


def other_rates(good):
    """Rates of which one off the diagonal, which is ignored, is wrong."""
    bad = [None, "rates", np.ones(3), np.ones((2, 3)), np.ones((1, 1)), 1j * good, np.zeros((0, 0)), object()]
    wrong = [np.where(np.eye(3)[[1, 2, 0]] * np.arange(3) == 2, value, good) for value in (np.nan, np.inf, -1.0)]
    return st.sampled_from(bad + wrong)


def not_a_model(good):
    return st.sampled_from([None, 1, "model", object(), Energy(), DoubleWell()])


def not_a_pot(good):
    return st.sampled_from([None, 1, "pot", object(), LatticeGas(3, 13)])


def not_one_coordinate(good):
    return energy(good).filter(lambda e: getattr(e, "dimension", None) != 1) | st.sampled_from(
        [Energy(energy=f, dimension=1) for f in (lambda e: e.sum(), lambda e: None, lambda e: e * np.nan)]
    )


def no_mixture(good):
    return st.sampled_from([None, 1.0, "law", object(), (1.0, 2.0)])


def not_a_law(good):
    """No mixture, or one that has no density."""
    return no_mixture(good) | st.just(diffusion.mixture([1.0], [0.0], [0.0]))


def mirrored(*shapes):
    """A symmetric matrix with an empty diagonal, spoilt."""
    return array(shapes=[(), (3,), (3, 2), (4, 4), *shapes], wrong=[0.7])


CALLS = [
    *(
        Call(
            function,
            {"log_start": LEVELS, "log_end": -LEVELS, "n_steps": 3} | more,
            {"log_start": SPINS, "log_end": SPINS, "n_steps": integer(1)} | bad,
        )
        for function, more, bad in (
            (annealing.mean_log_weight, {}, {}),
            (annealing.log_weight_moment, {"power": 2.0}, {"power": number(negative=True)}),
            (annealing.equilibrated_mean_log_weight, {}, {}),
        )
    ),
    Call(
        diffusion.mixture,
        {"weights": P, "means": LEVELS, "deviations": P},
        {
            "weights": probabilities,
            "means": array(shapes=[(), (3,), (2, 2)]),
            "deviations": array(shapes=[(), (3,), (2, 2)], wrong=[-1.0]),
        },
        {"weights": "weights|means"},
    ),
    Call(
        diffusion.relaxed,
        {"start": MIX, "time": 0.5},
        {"start": no_mixture, "time": number(zero=True)},
        {"start": "start|deviations"},
    ),
    *(
        Call(function, {"law": MIX, "x": X}, {"law": not_a_law, "x": bad}, {"law": "law|deviations"})
        for function, bad in (
            (diffusion.log_density, each(negative=True)),
            (diffusion.score, each(negative=True)),
            (diffusion.relative_fisher_information, GRID),
        )
    ),
    Call(diffusion.relative_entropy, {"p": NORMAL, "q": NORMAL, "x": X}, {"p": DENSITY, "q": DENSITY, "x": GRID}),
    Call(
        diffusion.pushed,
        {"p": NORMAL, "x": X, "mean": X / 2, "variance": 0.3, "may_leave": 0.01},
        {
            "p": DENSITY,
            "x": GRID,
            "mean": array(shapes=[(), (240,), (241, 1)]),
            "variance": number(more=[1e-3]),
            "may_leave": number(zero=True),
        },
    ),
    Call(
        diffusion.reversed_density,
        {"target": MIX, "x": X, "time": 0.5, "n_steps": 10, "start": NORMAL, "score_of": None, "may_leave": 0.1},
        {
            "target": no_mixture,
            "x": GRID,
            "time": number(),
            "n_steps": integer(1),
            "start": lambda good: DENSITY(good).filter(lambda value: value is not None),
            "score_of": lambda good: st.sampled_from(
                [1.0, "s", lambda x, t: 1.0, lambda x, t: np.full(x.shape, np.nan)]
            ),
            "may_leave": number(zero=True),
        },
        {"target": "target|deviations"},
    ),
    Call(
        diffusion.bound_gap,
        {"variance": 0.5, "times": [0.0, 0.5, 1.0], "rule": "broad"},
        {
            "variance": number(),
            "times": array(shapes=[(), (2,), (3, 1)], wrong=[-1.0], more=[[0.1, 0.2, 0.3], [0.0, 1.0, 0.5]]),
            "rule": word,
        },
    ),
    Call(
        diffusion.speciation_time,
        {"half_distance": [1.0, 2.0], "deviation": [0.1, 0.2]},
        {
            "half_distance": each(zero=True, more=[np.ones(3)]),
            "deviation": each(zero=True, more=[np.ones(3)]),
        },
    ),
    Call(
        fokker_planck.FokkerPlanck,
        {"energy": Harmonic(1.0), "low": -1.0, "high": 1.0, "n_cells": 4, "temperature": 2.0},
        {
            "energy": not_one_coordinate,
            "low": number(negative=True, above=1.0),
            "high": number(negative=True, below=-1.0),
            "n_cells": integer(2),
            "temperature": number(),
        },
        {"energy": "energy.*"},
    ),
    Call(FP.evolve, {"p0": P, "dt": 0.1, "n_steps": 2}, {"p0": probabilities, "dt": number(), "n_steps": integer(1)}),
    Call(FP.relaxation_rates, {"count": 2}, {"count": integer(1, most=3)}),
    Call(FP.histogram, {"q": [0.1, -0.3]}, {"q": array(empty=True)}),
    Call(FP.entropy, {"p": P}, {"p": probabilities}),
    Call(FP.free_energy, {"p": P}, {"p": probabilities}),
    Call(fokker_planck.bernoulli, {"x": [0.0, 1.0]}, {"x": each(negative=True)}),
    *(
        Call(
            function,
            {"levels": [LEVELS, LEVELS], "temperature": [1.0, 2.0]},
            {"levels": array(shapes=[(), (3, 4), (2, 0)]), "temperature": each(more=[np.ones(3)])},
        )
        for function in (gibbs.boltzmann, gibbs.equilibrium_free_energy)
    ),
    Call(gibbs.entropy, {"p": P}, {"p": array(shapes=[()], wrong=[-0.1, 2.0])}),
    Call(
        gibbs.free_energy,
        {"p": P, "levels": LEVELS, "temperature": 2.0},
        {
            "p": probabilities,
            "levels": array(shapes=[(), (3,)]),
            "temperature": each(zero=True),
        },
        {"p": "p|levels"},
    ),
    Call(
        gibbs.tilted,
        {"p": P, "levels": LEVELS, "mean_energy": 0.7},
        {
            "p": probabilities,
            "levels": array(shapes=[(), (3,)]),
            "mean_energy": each(zero=True, above=2.0, more=[0.0, 2.0, np.ones(3)]),
        },
        {"p": "p|levels"},
    ),
    Call(
        gibbs.kullback_leibler,
        {"p": P, "q": P[::-1]},
        {"p": probabilities, "q": lambda good: probabilities(good) | st.just(np.ones(1))},
        {"p": "p|q", "q": "p|q"},
    ),
    Call(
        gibbs.kullback_leibler_normal,
        {"mean": [0.0, 1.0], "covariance": A, "mean_q": [1.0, 0.0], "covariance_q": V},
        {
            "mean": MEANS,
            "covariance": array(shapes=[(), (2,), (3, 3)], wrong=[-9.0], more=[np.zeros((2, 2))]),
            "mean_q": MEANS,
            "covariance_q": array(shapes=[(), (2,), (3, 3)], wrong=[-9.0], more=[np.zeros((2, 2)), np.ones((2, 2))]),
        },
        {name: "mean.*|covariance.*" for name in ("mean", "covariance", "mean_q", "covariance_q")},
    ),
    Call(ising.bonds, {"rows": 2, "columns": 3}, {"rows": integer(2), "columns": integer(2)}),
    Call(ising.states, {"n_sites": 3}, {"n_sites": integer(1, most=20)}),
    Call(ising.energies, {"rows": 2, "columns": 3}, {"rows": integer(2), "columns": integer(2)}),
    *(
        Call(
            function,
            {"rows": 2, "columns": 3, "temperature": [0.5, 0.7]},
            {"rows": integer(2), "columns": integer(2, **most), "temperature": each(**least)},
        )
        for function, most, least in (
            (ising.enumerated, {}, {}),
            (ising.transferred, {"most": 10}, {}),
            (ising.closed_form, {}, {"below": 1e-3}),
        )
    ),
    *(
        Call(
            function,
            {"couplings": K, "fields": [0.1, 0.2, -0.3]} | more,
            {"couplings": mirrored(), "fields": array(shapes=[(), (2,), (3, 1)])} | bad,
            {"fields": "fields|couplings"},
        )
        for function, more, bad in (
            (ising.enumerated_graph, {}, {}),
            (ising.graph, {}, {}),
            (mean_field.plefka, {"order": 2}, {"order": integer(1, most=2)}),
            (mean_field.belief_propagation, {}, {}),
        )
    ),
    Call(
        m_estimation.log_density,
        {"noise": "laplace", "z": [0.5, -3.0], "spread": 0.5},
        {"noise": word, "z": each(negative=True), "spread": number(zero=True)},
    ),
    Call(
        m_estimation.log_slope,
        {"noise": "laplace", "z": [0.5, -3.0], "spread": 0.5},
        {"noise": word, "z": each(negative=True), "spread": number()},
    ),
    Call(
        m_estimation.fisher_information,
        {"noise": "laplace", "spread": 0.5},
        {"noise": word, "spread": number(zero=True)},
    ),
    *(
        Call(
            function,
            {"kappa": 0.4, "noise": "laplace"},
            {
                "kappa": number(above=0.999, more=[1.0])
                if function is not m_estimation.least_squares
                else number(more=[1.0, 2])
            }
            | LOAD,
        )
        for function in (m_estimation.least_squares, m_estimation.least_absolute_deviations, m_estimation.optimal)
    ),
    Call(
        m_estimation.optimal_loss,
        {"kappa": 0.4, "residuals": [0.0, -1.0, 2.0], "noise": "laplace"},
        {"kappa": number(above=0.999), "residuals": each(negative=True), "noise": word},
    ),
    Call(
        m_estimation.ridge,
        {"kappa": 1.5, "noise_variance": 0.5, "prior_variance": 2.0},
        {"kappa": number(), "noise_variance": number(), "prior_variance": number()},
    ),
    Call(
        m_estimation.lasso,
        {"kappa": 1.5, "noise_variance": 0.5, "penalty": 0.4},
        {"kappa": number(), "noise_variance": number(), "penalty": number()},
    ),
    Call(m_estimation.bayes, {"kappa": 1.5, "noise_variance": 0.5}, {"kappa": number(), "noise_variance": number()}),
    Call(m_estimation.separable_probability, {"n": 5, "p": 2}, {"n": integer(1), "p": integer(1)}),
    Call(m_estimation.existence_threshold, {"strength": 1.0}, {"strength": number(zero=True)}),
    Call(
        m_estimation.logistic_bias,
        {"kappa": 0.1, "strength": 1.0},
        {"kappa": number(above=0.5), "strength": number(above=10.0)},
        {"strength": "strength|kappa"},
    ),
    Call(master_equation.checked_rates, {"rates": RATES}, {"rates": other_rates}),
    Call(
        master_equation.probabilities,
        {"name": "p", "p": P, "n": 4},
        {"name": ANYTHING, "p": probabilities, "n": ANYTHING},
    ),
    Call(
        master_equation.transition_matrix,
        {"rates": RATES, "duration": 0.5},
        {"rates": other_rates, "duration": number(zero=True)},
    ),
    Call(
        master_equation.steady_state, {"rates": RATES}, {"rates": lambda g: other_rates(g) | st.just(np.zeros((3, 3)))}
    ),
    Call(
        master_equation.entropy_production,
        {"p": [0.5, 0.2, 0.3], "rates": RATES},
        {"p": probabilities, "rates": lambda good: other_rates(good) | st.just(np.triu(RATES))},
    ),
    Call(
        master_equation.least_entropy_production,
        {"rates": RATES},
        {"rates": lambda good: other_rates(good) | st.sampled_from([np.triu(RATES), np.zeros((3, 3))])},
    ),
    Call(
        master_equation.driven_ring,
        {"energies": LEVELS, "force": 0.5, "temperature": 2.0},
        {
            "energies": array(shapes=[(), (2,), (3, 3)]),
            "force": number(negative=True),
            "temperature": number(),
        },
    ),
    Call(mean_field.entropy, {"m": [0.0, 0.5]}, {"m": each(negative=True, above=1.0, below=-1.0)}),
    Call(mean_field.naive, {"temperature": [0.5, 1.5]}, TEMPERATURE),
    Call(mean_field.strip, {"temperature": [0.5], "width": 2}, TEMPERATURE | {"width": integer(1, most=8)}),
    Call(mean_field.strip_critical_temperature, {"width": 2}, {"width": integer(1, most=8)}),
    Call(mean_field.bethe, {"temperature": [0.5, 1.5]}, TEMPERATURE),
    Call(mean_field.plaquette, {"temperature": [0.5]}, {"temperature": each(below=0.1)}),
    Call(mean_field.tap, {"temperature": [0.5, 1.5]}, TEMPERATURE),
    Call(mean_field.plaquette_critical_temperature, {}, {}),
    Call(mean_field.tap_transition, {}, {}),
    Call(mean_field.curie_weiss, {"n_spins": 5, "temperature": [0.5, 1.5]}, {"n_spins": integer(2)} | TEMPERATURE),
    Call(onsager.order_parameter, {"temperature": [0.5, 1.5]}, TEMPERATURE),
    Call(onsager.coexisting_densities, {"temperature": [0.5, 1.5]}, TEMPERATURE),
    Call(onsager.spin_correlation, {"temperature": [0.5, 1.5]}, TEMPERATURE),
    Call(onsager.log_partition_per_site, {"temperature": [0.5, 1.5]}, {"temperature": each(below=1e-3)}),
    Call(onsager.rapidity, {"coupling": 0.3, "angle": [0.5]}, {"coupling": each(), "angle": each(negative=True)}),
    Call(onsager.liquid_energy, {"temperature": [0.5, 1.5]}, TEMPERATURE),
    Call(
        onsager.low_temperature_series,
        {"temperature": [0.2], "order": 5},
        TEMPERATURE | {"order": integer(2, most=8)},
    ),
    Call(
        perceptron.generalisation_error,
        {"overlap": [0.5, -1.0], "output": "sign"},
        {"overlap": each(negative=True, above=1.0, below=-1.0), "output": word},
    ),
    Call(
        perceptron.entropy,
        {"overlap": [0.5, -0.3], "weights": "ising"},
        {"overlap": each(negative=True, above=1.0, below=-1.0), "weights": word},
    ),
    Call(perceptron.ising_shells, {"n": 4}, {"n": integer(1)}),
    Call(
        perceptron.high_temperature_free_energy,
        {"overlap": [0.5, 0.2], "alpha": 1.0} | {"weights": "ising", "output": "sign"},
        {
            "overlap": each(negative=True, above=1.0, below=-1.0),
            "alpha": each(zero=True, more=[np.ones(3)]),
        }
        | DECISION,
    ),
    Call(
        perceptron.high_temperature,
        {"alpha": [0.5, 3.0], "weights": "ising", "output": "sign"},
        {"alpha": each(zero=True)} | DECISION,
    ),
    *(
        Call(function, {}, {})
        for function in (
            perceptron.high_temperature_transition,
            perceptron.high_temperature_spinodal,
            perceptron.annealed_transition,
            perceptron.ising_transition,
            perceptron.ising_spinodal,
            variational.branch_start,
            variational.switch,
        )
    ),
    Call(
        perceptron.quenched,
        {"alpha": [0.5, 2.0], "weights": "ising"},
        {"alpha": each(zero=True, above=1e100), "weights": word},
    ),
    Call(perceptron.hebb, {"alpha": [0.5, 2.0]}, {"alpha": each(zero=True)}),
    Call(perceptron.pseudo_inverse, {"alpha": [0.5, 1.0]}, {"alpha": each(zero=True)}),
    Call(perceptron.maximal_stability, {"alpha": [0.5]}, {"alpha": each(above=1e5, below=1e-4)}),
    Call(perceptron.online, {"rule": "adatron", "alphas": [0.5]}, {"rule": word, "alphas": each(above=1e6)}),
    Call(
        perceptron.linear_unit,
        {"alpha": [0.5, 1.0], "temperature": 0.5, "noise": 0.1},
        {
            "alpha": each(zero=True),
            "temperature": each(more=[np.ones(3)]),
            "noise": number(zero=True),
        },
    ),
    Call(
        perceptron.least_norm,
        {"cases": 5, "n": 3, "noise": 0.1},
        {"cases": integer(1), "n": integer(1), "noise": number(zero=True)},
    ),
    Call(
        random_energy.replicated_moment,
        {"n": [0.5, -1.0], "levels_log2": 3, "beta": 1.0},
        {"n": each(negative=True, above=1.0, more=[1.0]), "levels_log2": integer(0), "beta": number(above=90.0)},
        {"levels_log2": "levels_log2|beta"},
    ),
    *(
        Call(
            function,
            {"levels_log2": 3, "beta": 1.0},
            {"levels_log2": integer(0), "beta": number(above=90.0)},
            {"levels_log2": "levels_log2|beta"},
        )
        for function in (random_energy.mean_log_partition, random_energy.participation)
    ),
    Call(
        stationary.covariance,
        {"hessian": A, "noise": V, "learning_rate": 0.1, "momentum": 0.5},
        {
            "hessian": SQUARE,
            "noise": SQUARE,
            "learning_rate": number(above=10.0),
            "momentum": number(zero=True, above=1.0, more=[1.0]),
        },
        {"hessian": "hessian|noise"},
    ),
    Call(
        stationary.regression_covariance,
        {"model": LINE, "learning_rate": 0.01, "batch_size": 2},
        {"model": not_a_model, "learning_rate": number(above=10.0), "batch_size": integer(1)},
    ),
    Call(
        stationary.mean_square_limit,
        {"model": LINE, "batch_size": 2},
        {"model": not_a_model, "batch_size": integer(1)},
    ),
    Call(
        stationary.currents,
        {"hessian": A, "covariance": V, "learning_rate": 0.1},
        {"hessian": SQUARE, "covariance": SQUARE, "learning_rate": number()},
        {"hessian": "hessian|covariance"},
    ),
    Call(
        stationary.entropy_per_step,
        {"hessian": A, "noise": V, "learning_rate": 0.1},
        {"hessian": SQUARE, "noise": SQUARE, "learning_rate": number(above=10.0)},
        {"hessian": "hessian|noise"},
    ),
    Call(
        stationary.tail_exponent,
        {"factors": [0.5, -1.2, 0.1], "probabilities": [0.3, 0.3, 0.4]},
        {"factors": array(shapes=[(), (2,), (3, 1)], wrong=[1e9]), "probabilities": probabilities},
        {"factors": "factors|probabilities"},
    ),
    Call(
        stationary.epoch_variance,
        {"curvature": 1.0, "spread": 0.5, "batches": 3, "learning_rate": 0.1},
        {
            "curvature": number(),
            "spread": number(zero=True),
            "batches": integer(2),
            "learning_rate": number(above=2.0, more=[2.0]),
        },
    ),
    Call(
        transfer_matrix.log_weights_above,
        {"pot": POT, "n_particles": 4, "temperature": 1.0, "row": 1},
        {
            "pot": not_a_pot,
            "n_particles": integer(1, most=9),
            "temperature": number(more=[1e-9]),
            "row": integer(1, most=2),
        },
    ),
    Call(
        transfer_matrix.log_partition,
        {"pot": POT, "n_particles": 4, "temperature": 1.0},
        {"pot": not_a_pot, "n_particles": integer(1, most=9), "temperature": number(more=[1e-9])},
    ),
    Call(
        transfer_matrix.mean_energy,
        {"pot": POT, "n_particles": 4, "temperature": [1.0, 2.0]},
        {"pot": not_a_pot, "n_particles": integer(1, most=9), "temperature": each(more=[1e-9])},
    ),
    Call(variational.factorised_posterior, {"regression": LINE}, {"regression": not_a_model}),
    Call(
        variational.coordinate_ascent,
        {"regression": LINE, "mean": [0.0, 1.0], "sweeps": 3},
        {"regression": not_a_model, "mean": MEANS, "sweeps": integer(1)},
    ),
    Call(
        variational.evidence_bound,
        {"regression": LINE, "mean": [0.0, 1.0], "variance": [1.0, 2.0]},
        {
            "regression": not_a_model,
            "mean": MEANS,
            "variance": array(shapes=[(), (3,)], wrong=[0.0, -1.0]),
        },
    ),
    Call(
        variational.many_weights,
        {"kappa": [0.5, 2.0], "noise": 1.0, "prior_scale": 2.0},
        {"kappa": each(), "noise": number(), "prior_scale": number()},
    ),
    Call(
        variational.reverse_divergence,
        {"mean": [0.5, 2.0], "width": [1.0, 0.5], "separation": 2.0},
        {
            "mean": each(negative=True, more=[np.ones(3)]),
            "width": each(more=[np.ones(3)]),
            "separation": number(zero=True, above=100.0),
        },
    ),
    Call(
        variational.reverse_curvature,
        {"mean": 0.5, "width": 1.0, "separation": 2.0},
        {"mean": number(negative=True), "width": number(), "separation": number(zero=True, above=100.0)},
    ),
    Call(variational.symmetric_fit, {"separation": 2.0}, {"separation": number(zero=True, above=100.0)}),
    Call(variational.one_bump_fit, {"separation": 4.0}, {"separation": number(above=100.0, below=2.41)}),
    Call(variational.forward_fit, {"separation": 2.0}, {"separation": number(zero=True, above=100.0)}),
]
test_a_bad_argument_is_refused_by_its_name = refusal_test(CALLS)
test_a_call_repeats_and_changes_no_argument = intact_test(CALLS)
