"""Properties of what theory knows: units, symmetries, norms, and which number is never below which."""

from functools import partial

import numpy as np
import pytest
from hypothesis import assume, given
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
    intact_test,
    integer,
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


# --- Laws that all functions of a temperature or a load share ----------------------------------------------------

#: function -> (from, to): what it accepts, element by element
ELEMENTWISE = {
    onsager.order_parameter: (0.05, 3.0),
    onsager.coexisting_densities: (0.05, 3.0),
    onsager.spin_correlation: (0.05, 3.0),
    onsager.log_partition_per_site: (0.05, 3.0),
    onsager.liquid_energy: (0.05, 3.0),
    onsager.low_temperature_series: (0.05, 0.3),
    partial(onsager.rapidity, 0.3): (-3.0, 3.0),
    mean_field.naive: (0.1, 3.0),
    partial(mean_field.strip, width=2): (0.1, 3.0),
    mean_field.bethe: (0.1, 3.0),
    mean_field.plaquette: (0.1, 3.0),
    mean_field.tap: (0.1, 3.0),
    mean_field.entropy: (-1.0, 1.0),
    partial(mean_field.curie_weiss, 5): (0.1, 3.0),
    partial(ising.enumerated, 2, 3): (0.1, 3.0),
    partial(ising.transferred, 2, 3): (0.1, 3.0),
    partial(ising.closed_form, 2, 3): (0.1, 3.0),
    perceptron.generalisation_error: (-1.0, 1.0),
    partial(perceptron.entropy, weights="sphere"): (-0.9, 0.9),
    partial(perceptron.high_temperature_free_energy, alpha=1.0, weights="ising", output="sign"): (-0.9, 0.9),
    partial(perceptron.high_temperature, weights="ising", output="sign"): (0.0, 3.0),
    partial(perceptron.quenched, weights="sphere"): (0.0, 5.0),
    perceptron.hebb: (0.0, 5.0),
    perceptron.pseudo_inverse: (0.0, 5.0),
    perceptron.maximal_stability: (0.1, 5.0),
    partial(perceptron.online, "adatron"): (0.1, 5.0),
    partial(perceptron.linear_unit, temperature=0.5, noise=0.2): (0.0, 5.0),
    partial(variational.many_weights, noise=1.0, prior_scale=0.5): (0.1, 3.0),
    partial(variational.reverse_divergence, width=0.8, separation=2.0): (-3.0, 3.0),
    partial(m_estimation.log_density, "laplace", spread=0.5): (-9.0, 9.0),
    partial(m_estimation.log_slope, "laplace", spread=0.5): (-9.0, 9.0),
    fokker_planck.bernoulli: (-50.0, 50.0),
    partial(diffusion.speciation_time, deviation=0.5): (0.0, 3.0),
    partial(diffusion.log_density, MIX): (-3.0, 3.0),
    partial(diffusion.score, MIX): (-3.0, 3.0),
    partial(random_energy.replicated_moment, levels_log2=3, beta=1.0): (-2.0, 0.9),
}


def parts(result):
    """The arrays of a result, without those that are one number whatever was asked."""
    values = result if isinstance(result, tuple) else (result,)
    return values[:-1] if isinstance(result, perceptron.Quenched) else values


@law(*(getattr(function, "func", function) for function in ELEMENTWISE))
@pytest.mark.parametrize("function", ELEMENTWISE, ids=lambda f: getattr(f, "func", f).__qualname__)
@examples(0.4)
@given(seed=seeds, shape=st.sampled_from([(), (0,), (3,), (2, 2), (1, 2)]))
def test_each_element_by_itself(function, seed, shape):
    low, high = ELEMENTWISE[function]
    x = low + (high - low) * random(seed).random(shape)
    for k, part in enumerate(parts(function(x))):
        assert np.shape(part) == shape
        assert np.asarray(part).dtype == np.float64
        for place in np.ndindex(*shape):
            close(np.asarray(part)[place], parts(function(float(x[place])))[k])


NEVER_RISE = [
    onsager.order_parameter,
    onsager.spin_correlation,
    onsager.log_partition_per_site,
    lambda t: -onsager.liquid_energy(t),
    lambda t: onsager.coexisting_densities(t)[1],
    *(
        lambda t, f=f, k=k: f(t)[k]
        for k in (0, 1)
        for f in (mean_field.naive, partial(mean_field.strip, width=2), mean_field.bethe, mean_field.plaquette)
    ),
    partial(ising.enumerated, 2, 3),
    partial(ising.transferred, 2, 3),
    partial(ising.closed_form, 2, 3),
    lambda t: mean_field.curie_weiss(5, t)[0],
    lambda load: perceptron.high_temperature(load, weights="ising", output="sign"),
    lambda load: perceptron.high_temperature(load, weights="sphere", output="sign"),
    lambda load: perceptron.quenched(load, weights="ising").gibbs,
    lambda load: perceptron.quenched(load, weights="sphere").bayes,
    lambda load: perceptron.quenched(load, weights="sphere").free_entropy,
    perceptron.hebb,
    perceptron.maximal_stability,
    partial(perceptron.online, "perceptron"),
    partial(perceptron.online, "adatron"),
    partial(perceptron.online, "optimal"),
    partial(perceptron.online, "hebb"),
    lambda load: perceptron.linear_unit(load, temperature=0.5, noise=0.5).student,
    lambda r: m_estimation.fisher_information("laplace", float(np.max(r))),
    lambda r: m_estimation.existence_threshold(float(np.max(r))),
]


@law(m_estimation.fisher_information, m_estimation.existence_threshold)
@pytest.mark.parametrize("which", range(len(NEVER_RISE)))
@examples(0.3)
@given(x=st.floats(0.12, 3.0), step=st.floats(1e-3, 1.0))
def test_what_never_rises_with_temperature_or_load(which, x, step):
    assert NEVER_RISE[which](x + step) <= NEVER_RISE[which](x) + 1e-10


@law(
    mean_field.naive, mean_field.strip, mean_field.strip_critical_temperature, mean_field.curie_weiss, ising.closed_form
)
@given(temperature=st.floats(0.3, 2.0))
def test_bounds_stand_in_their_order(temperature):
    naive, one, two = (
        found.log_partition
        for found in (
            mean_field.naive(temperature),
            mean_field.strip(temperature, width=1),
            mean_field.strip(temperature, width=3),
        )
    )
    exact = onsager.log_partition_per_site(temperature)
    assert naive <= one + 1e-9
    assert one <= two + 1e-9
    assert two <= exact + 1e-9
    assert exact <= ising.closed_form(4, 4, temperature) / 16 + 1e-9  # a torus of few sites has more order
    whole, bound = mean_field.curie_weiss(7, temperature)
    assert bound <= whole + 1e-9
    for width in (1, 2, 4):
        assert onsager.CRITICAL_TEMPERATURE < mean_field.strip_critical_temperature(width + 1)
        assert mean_field.strip_critical_temperature(width + 1) < mean_field.strip_critical_temperature(width)


@law(mean_field.tap_transition, mean_field.plaquette, mean_field.tap)
@given(away=st.floats(1e-3, 0.05))
def test_order_sets_in_where_it_is_said_to(away):
    for law_, critical in (
        (mean_field.naive, mean_field.NAIVE_CRITICAL_TEMPERATURE),
        (mean_field.bethe, mean_field.BETHE_CRITICAL_TEMPERATURE),
        (mean_field.plaquette, mean_field.PLAQUETTE_CRITICAL_TEMPERATURE),
        (mean_field.tap, mean_field.tap_transition()[0]),
        (partial(mean_field.strip, width=2), mean_field.strip_critical_temperature(2)),
    ):
        assert law_(critical + away).order_parameter == 0
        assert law_(critical - away).order_parameter > 0.05
    t, m = mean_field.tap_transition()
    np.testing.assert_allclose(mean_field.tap(t - 1e-9).order_parameter, m, atol=1e-5)
    close(mean_field.entropy(m), mean_field.entropy(-m))


@law(ising.bonds, ising.states, ising.energies, ising.enumerated, ising.transferred, ising.closed_form)
@examples(0.5)
@given(
    sides=st.sampled_from([(2, 2), (2, 3), (3, 3), (3, 4)]), temperature=st.floats(0.1, 3.0), step=st.floats(0.01, 0.05)
)
def test_three_solutions_of_one_magnet(sides, temperature, step):
    rows, columns = sides
    levels, states, bonds = ising.energies(*sides), ising.states(rows * columns), ising.bonds(*sides)
    assert bonds.shape == (2 * rows * columns, 2)
    np.testing.assert_array_equal(np.bincount(bonds.ravel()), 4)
    assert states.shape == (len(levels), rows * columns)
    assert len(np.unique(states, axis=0)) == len(states)
    np.testing.assert_array_equal(levels, levels[::-1])  # all spins turned
    assert levels.min() == levels[0] == -rows * columns / 2
    for solve in (ising.enumerated, ising.transferred, ising.closed_form):
        log_z = solve(*sides, temperature)
        close(log_z, -gibbs.equilibrium_free_energy(levels, temperature) / temperature)
        close(log_z, solve(columns, rows, temperature))
        beta = 1 / temperature  # ln Z is convex in 1/T
        around = [solve(*sides, 1 / (beta * (1 + k * step))) for k in (-1, 1)]
        assert sum(around) >= 2 * log_z - 1e-9


@law(ising.graph, ising.enumerated_graph, mean_field.plefka, mean_field.belief_propagation)
@given(seed=seeds, n=st.integers(1, 5), size=st.floats(0.0, 0.4))
def test_spins_of_a_graph_have_no_order_and_a_gauge(seed, n, size):
    rng = random(seed)
    k = np.triu(size * rng.standard_normal((n, n)), 1)
    k, h = k + k.T, rng.standard_normal(n)
    order, signs = rng.permutation(n), rng.choice([-1.0, 1.0], n)
    for solve in (
        ising.enumerated_graph,
        partial(mean_field.plefka, order=1),
        partial(mean_field.plefka, order=2),
        mean_field.belief_propagation,
    ):
        means, log_z = solve(k, h)
        assert (np.abs(means) <= 1).all()
        renamed = solve(k[np.ix_(order, order)], h[order])
        close(renamed[0], means[order], 8)
        close(renamed[1], log_z, 8)
        turned = solve(k * np.outer(signs, signs), h * signs)
        close(turned[0], signs * means, 8)
        close(turned[1], log_z, 8)
    assert mean_field.plefka(k, h, order=1).log_partition <= ising.enumerated_graph(k, h)[1] + 1e-9
    chain = np.diag(0.5 * np.ones(n - 1), 1)
    chain = chain + chain.T
    tree, exact = mean_field.belief_propagation(chain, h), ising.enumerated_graph(chain, h)
    close(tree.means, exact[0])
    close(tree.log_partition, exact[1])
    np.testing.assert_array_equal(ising.graph(k, h)[0], k)


@law(onsager.rapidity, onsager.low_temperature_series, onsager.coexisting_densities)
@given(coupling=st.floats(0.05, 2.0), angle=st.floats(-3.0, 3.0), temperature=st.floats(0.05, 0.2))
def test_onsager_in_other_words(coupling, angle, temperature):
    wave = onsager.rapidity(coupling, angle)
    assert wave >= 0
    close(onsager.rapidity(coupling, -angle), wave)
    dual = 0.5 * np.arcsinh(1 / np.sinh(2 * coupling))
    close(onsager.rapidity(dual, angle), wave)
    close(np.cosh(wave), np.cosh(2 * coupling) / np.tanh(2 * coupling) - np.cos(angle))
    np.testing.assert_allclose(
        onsager.low_temperature_series(temperature),
        onsager.order_parameter(temperature),
        atol=2e5 * np.exp(-9 / temperature),
    )
    close(sum(onsager.coexisting_densities(temperature)), 1.0)
    around = [onsager.log_partition_per_site(0.25 / (coupling + h)) for h in (-1e-5, 1e-5)]
    slope = (around[1] - around[0]) / 2e-5  # two bonds a site
    np.testing.assert_allclose(2 * onsager.spin_correlation(0.25 / coupling), slope, atol=2e-3)
    m, vapour = onsager.order_parameter(temperature), onsager.coexisting_densities(temperature)[0]
    close(min(vapour, 1 - vapour), (1 - m) / 2)


# --- The knob ----------------------------------------------------------------------------------------------------


@law(gibbs.boltzmann, gibbs.equilibrium_free_energy, gibbs.entropy, gibbs.free_energy, gibbs.kullback_leibler)
@examples(4)
@given(levels=arrays((4,), -3.0, 3.0), p=laws_of(4), t=temperatures, c=factors, constant=st.floats(-50, 50), seed=seeds)
def test_energy_against_entropy(levels, p, t, c, constant, seed):
    order = random(seed).permutation(4)
    weights, least = gibbs.boltzmann(levels, t), gibbs.equilibrium_free_energy(levels, t)
    close(gibbs.boltzmann(c * levels, c * t), weights)
    close(gibbs.equilibrium_free_energy(c * levels, c * t), c * least)
    close(gibbs.boltzmann(levels + constant, t), weights)
    close(gibbs.equilibrium_free_energy(levels + constant, t), least + constant)
    close(gibbs.boltzmann(levels[order], t), weights[order])
    close(weights.sum(), 1.0)
    close(np.log(weights[0] / weights[1]), (levels[1] - levels[0]) / t)
    cost = gibbs.free_energy(p, levels, t)
    close(gibbs.free_energy(weights, levels, t), least)
    close(cost - least, t * gibbs.kullback_leibler(p, weights))
    close(gibbs.free_energy(c * 0 + p[order], levels[order], t), cost)
    assert cost >= least - 1e-12
    assert 0 <= gibbs.entropy(p) <= np.log(4) + 1e-12
    assert gibbs.kullback_leibler(p, p[order]) >= -1e-12
    close(gibbs.kullback_leibler(p, p), 0.0)
    around = [gibbs.equilibrium_free_energy(levels, t * (1 + k * 0.1)) for k in (-1, 1)]
    assert sum(around) <= 2 * least + 1e-12  # concave in T
    many = np.stack([levels, levels[order]])
    close(gibbs.boltzmann(many, [t, 2 * t])[1], gibbs.boltzmann(levels[order], 2 * t))


@law(gibbs.tilted)
@given(p=laws_of(4), levels=arrays((4,), -3.0, 3.0), t=temperatures, constant=st.floats(-5, 5))
def test_the_closest_law_of_given_energy_is_a_boltzmann_factor(p, levels, t, constant):
    levels = levels + np.array([0.0, 0.5, 1.0, 9.0])
    reached = p * gibbs.boltzmann(levels, t)
    reached /= reached.sum()
    assume(reached @ levels - levels.min() > 1e-12)  # else rounding makes it the lowest, which has no temperature
    tilted = gibbs.tilted(p, levels, reached @ levels)
    close(tilted, reached, 7)
    close(gibbs.tilted(p, levels + constant, reached @ levels + constant), reached, 7)
    close(gibbs.tilted([p, p], levels, reached @ levels)[1], reached, 7)
    close(gibbs.tilted(p, levels, p @ levels), p, 7)


@law(gibbs.kullback_leibler_normal)
@given(seed=seeds, d=st.integers(1, 3))
def test_the_divergence_of_normal_laws_knows_no_coordinates(seed, d):
    rng = random(seed)
    mean, mean_q = rng.standard_normal((2, d))
    c, c_q, map_ = (s @ np.swapaxes(s, -1, -2) + np.eye(d) for s in rng.standard_normal((3, d, d)))
    divergence = gibbs.kullback_leibler_normal(mean, c, mean_q, c_q)
    assert divergence >= 0
    close(gibbs.kullback_leibler_normal(mean, c, mean, c), 0.0)
    moved = gibbs.kullback_leibler_normal(map_ @ mean + 1, map_ @ c @ map_.T, map_ @ mean_q + 1, map_ @ c_q @ map_.T)
    close(moved, divergence, 7)
    batch = gibbs.kullback_leibler_normal(np.stack([mean, mean_q]), c, mean_q, c_q)
    close(batch[0], divergence)


# --- Jumps between states, cells of a line -----------------------------------------------------------------------


@st.composite
def jump_rates(draw, n=3):
    return draw(arrays((n, n), 0.05, 2.0)) * (1 - np.eye(n))


@law(
    master_equation.checked_rates,
    master_equation.probabilities,
    master_equation.transition_matrix,
    master_equation.steady_state,
    master_equation.entropy_production,
    master_equation.least_entropy_production,
)
@examples(3)
@given(rates=jump_rates(), p=laws_of(3), t=st.floats(0.0, 5.0), s=st.floats(0.0, 5.0), c=factors, seed=seeds)
def test_jumps_have_no_order_of_states_and_no_unit_of_time(rates, p, t, s, c, seed):
    order = random(seed).permutation(3)
    other = rates[np.ix_(order, order)]
    step, steady = master_equation.transition_matrix(rates, t), master_equation.steady_state(rates)
    assert (step >= 0).all()
    close(step.sum(axis=1), np.ones(3))
    close(step @ master_equation.transition_matrix(rates, s), master_equation.transition_matrix(rates, t + s))
    close(master_equation.transition_matrix(c * rates, t / c), step)
    close(master_equation.transition_matrix(other, t), step[np.ix_(order, order)])
    close(steady @ step, steady)
    close(steady.sum(), 1.0)
    close(master_equation.steady_state(other), steady[order])
    produced = master_equation.entropy_production(p, rates)
    assert produced >= 0
    close(master_equation.entropy_production(p, c * rates), c * produced)
    close(master_equation.entropy_production(p[order], other), produced)
    close(master_equation.entropy_production(np.stack([p, steady]), rates)[0], produced)
    least = master_equation.least_entropy_production(rates)
    assert master_equation.entropy_production(least, rates) <= produced + 1e-12
    close(master_equation.least_entropy_production(c * rates), least, 8)
    np.testing.assert_array_equal(master_equation.checked_rates(rates + np.diag(p)), rates)
    np.testing.assert_array_equal(master_equation.probabilities("p", p, 3), p)


@law(master_equation.driven_ring)
@given(levels=arrays((4,)), force=st.floats(-2.0, 2.0), t=temperatures, c=factors, constant=st.floats(-5, 5))
def test_a_ring_is_driven_in_units_of_temperature(levels, force, t, c, constant):
    rates = master_equation.driven_ring(levels, force, temperature=t)
    close(master_equation.driven_ring(c * levels, c * force, temperature=c * t), rates)
    close(master_equation.driven_ring(levels + constant, force, temperature=t), rates, 8)
    close(master_equation.driven_ring(levels[::-1], -force, temperature=t), rates[::-1, ::-1])
    resting = master_equation.driven_ring(levels, 0.0, temperature=t)
    close(master_equation.steady_state(resting), gibbs.boltzmann(levels, t))
    close(master_equation.entropy_production(gibbs.boltzmann(levels, t), resting), 0.0)


@law(fokker_planck.FokkerPlanck, fokker_planck.bernoulli)
@examples(2)
@given(
    t=temperatures, c=factors, constant=st.floats(-5, 5), dt=st.floats(1e-3, 1.0), seed=seeds, shift=st.floats(-3, 3)
)
def test_a_density_relaxes_in_any_units(t, c, constant, dt, seed, shift):
    def cells(energy, t, move=0.0):
        return fokker_planck.FokkerPlanck(energy, -2.0 + move, 1.5 + move, 12, temperature=t)

    well = Harmonic(2.0, 0.3)
    here, scaled = cells(well, t), cells(Changed(well, c, constant), c * t)
    moved = cells(Harmonic(2.0, 0.3 + shift), t, shift)
    p0 = random(seed).random((2, 12)) + 0.01
    p0 /= p0.sum(axis=1, keepdims=True)
    path = here.evolve(p0, dt=dt, n_steps=3)
    assert path.shape == (4, 2, 12)
    assert (path >= 0).all()
    close(path.sum(axis=-1), np.ones((4, 2)))
    close(scaled.evolve(p0, dt=dt / c, n_steps=3), path)
    close(moved.evolve(p0, dt=dt, n_steps=3), path, 8)
    close(here.evolve(p0[1], dt=dt, n_steps=3), path[:, 1])
    close(here.evolve(here.equilibrium, dt=dt, n_steps=2)[-1], here.equilibrium)
    cost = here.free_energy(path)
    assert (np.diff(cost, axis=0) <= 1e-10).all()
    assert (cost >= here.equilibrium_free_energy - 1e-10).all()
    close(here.free_energy(here.equilibrium), here.equilibrium_free_energy)
    close(scaled.free_energy(p0), c * here.free_energy(p0) + constant, 8)
    close(here.free_energy(p0), p0 @ here.energies - t * here.entropy(p0))
    rates = here.relaxation_rates(5)
    assert (np.diff(rates) >= 0).all()
    assert rates[0] > 0
    close(scaled.relaxation_rates(5), c * rates, 8)
    fractions = here.histogram(random(seed).standard_normal((5, 3)))
    assert fractions.shape == (12,)
    close(fractions.sum(), 1.0)
    x = random(seed).standard_normal(5)
    close(fokker_planck.bernoulli(-x), np.exp(x) * fokker_planck.bernoulli(x))


@law(annealing.mean_log_weight, annealing.log_weight_moment, annealing.equilibrated_mean_log_weight)
@examples(2)
@given(ends=arrays((2, 8), -3.0, 3.0), n=st.integers(1, 5), constant=st.floats(-5, 5))
def test_weights_of_a_path_bound_the_free_energy(ends, n, constant):
    start, end = ends
    whole = np.logaddexp.reduce(end) - np.logaddexp.reduce(start)
    mean, calm = (
        function(start, end, n) for function in (annealing.mean_log_weight, annealing.equilibrated_mean_log_weight)
    )
    moment = partial(annealing.log_weight_moment, start, end, n)
    close(moment(power=1), whole)
    close(moment(power=0), 0.0)
    assert mean <= whole + 1e-10
    assert calm <= whole + 1e-10
    assert moment(power=2) >= 2 * whole - 1e-10
    assert annealing.equilibrated_mean_log_weight(start, end, 2 * n) >= calm - 1e-10
    for function in (annealing.mean_log_weight, annealing.log_weight_moment, annealing.equilibrated_mean_log_weight):
        here = function(start, end, n)
        close(function(start, end + constant, n), here + constant)
        close(function(start + constant, end, n), here - constant)
        close(function(start[::-1], end[::-1], n), here)  # every spin renamed


# --- Diffusion ---------------------------------------------------------------------------------------------------


@st.composite
def mixtures(draw, k=3):
    return diffusion.mixture(draw(laws_of(k, 0.05)), draw(arrays((k,))), draw(arrays((k,), 0.4, 1.5)))


@law(
    diffusion.mixture, diffusion.relaxed, diffusion.log_density, diffusion.score, diffusion.relative_fisher_information
)
@examples(2)
@given(start=mixtures(), t=st.floats(0.0, 2.0), s=st.floats(0.0, 2.0), seed=seeds, shift=st.floats(-1, 1))
def test_a_mixture_relaxes_whatever_the_order_of_its_parts(start, t, s, seed, shift):
    x, order = np.linspace(-12, 12, 1201), random(seed).permutation(3)
    other = diffusion.Mixture(*(part[order] for part in start))
    for one, two in zip(
        diffusion.relaxed(diffusion.relaxed(start, t), s), diffusion.relaxed(start, t + s), strict=True
    ):
        close(one, two)
    law_ = diffusion.relaxed(start, t)
    density = np.exp(diffusion.log_density(law_, x))
    close(density.sum() * (x[1] - x[0]), 1.0, 8)
    close(diffusion.log_density(diffusion.relaxed(other, t), x), diffusion.log_density(law_, x))
    close(diffusion.score(other, x), diffusion.score(start, x))
    moved = diffusion.mixture(start.weights, start.means + shift, start.deviations)
    close(diffusion.score(moved, x + shift), diffusion.score(start, x), 8)
    h = 1e-5
    slope = (diffusion.log_density(law_, x + h) - diffusion.log_density(law_, x - h)) / (2 * h)
    np.testing.assert_allclose(diffusion.score(law_, x), slope, atol=1e-4)
    information = diffusion.relative_fisher_information(law_, x)
    assert information >= 0
    assert diffusion.relative_fisher_information(diffusion.relaxed(law_, s), x) <= information + 1e-9
    close(diffusion.relative_fisher_information(diffusion.mixture([1.0], [0.0], [1.0]), x), 0.0)


@law(diffusion.relative_entropy, diffusion.pushed)
@given(p=mixtures(), q=mixtures(), seed=seeds, factor=st.floats(0.1, 0.9))
def test_two_laws_come_closer_under_one_move(p, q, seed, factor):
    x = np.linspace(-12, 12, 601)
    one, other = (np.exp(diffusion.log_density(law_, x)) for law_ in (p, q))
    apart = diffusion.relative_entropy(one, other, x)
    assert apart >= -1e-14  # of one law given in two ways, what rounding leaves
    close(diffusion.relative_entropy(one, one, x), 0.0)
    close(diffusion.relative_entropy(one[::-1], other[::-1], x), apart)
    moved = [diffusion.pushed(density, x, factor * x, 0.5) for density in (one, other)]
    assert diffusion.relative_entropy(*moved, x) <= apart + 1e-10
    close(moved[0].sum(), one.sum(), 6)
    close(diffusion.pushed(one[::-1], x, factor * x, 0.5), moved[0][::-1], 8)
    spread = [density @ (x - density @ x / density.sum()) ** 2 / density.sum() for density in (one, moved[0])]
    close(moved[0] @ x, factor * (one @ x), 6)
    close(spread[1], factor**2 * spread[0] + 0.5, 6)
    close(diffusion.pushed(0.3 * one + 0.7 * other, x, factor * x, 0.5), 0.3 * moved[0] + 0.7 * moved[1])


@law(diffusion.reversed_density)
@examples(0.4)
@given(target=mixtures(), time=st.floats(0.5, 1.5))
def test_the_way_back_knows_no_left_and_right(target, time):
    x = np.linspace(-9, 9, 361)
    mirrored_ = diffusion.mixture(target.weights, -target.means, target.deviations)
    way = partial(diffusion.reversed_density, x=x, time=time, n_steps=25)
    back = way(target)
    close(way(mirrored_), back[::-1], 8)
    close(way(target, score_of=lambda x, t: diffusion.score(diffusion.relaxed(target, t), x)), back)
    close(way(target, start=np.exp(diffusion.log_density(diffusion.relaxed(target, time), x))), back)
    close(back.sum() * (x[1] - x[0]), 1.0, 3)


@law(diffusion.bound_gap, diffusion.speciation_time)
@given(variance=st.floats(0.05, 5.0), n=st.integers(2, 20), a=st.floats(0.1, 5.0), b=st.floats(0.0, 3.0))
def test_finite_steps_waste_and_a_dip_is_lost_in_time(variance, n, a, b):
    times = np.linspace(0.0, 2.0, n + 1)
    broad, narrow = (diffusion.bound_gap(variance, times, rule=rule) for rule in ("broad", "narrow"))
    assert broad >= -1e-14
    assert narrow >= -1e-14
    assert diffusion.bound_gap(variance, np.linspace(0.0, 2.0, 2 * n + 1), rule="broad") <= broad + 1e-12
    close(diffusion.bound_gap(1.0, times, rule="broad"), 0.0)
    part = variance / (1 + variance)  # below one: steps equal in the logarithm u of the variance waste the same each
    equal = -0.5 * np.log((1 - np.geomspace(part, 0.95, n + 1)) / (1 - part))
    equal[0], u = 0.0, np.log(0.95 / part) / n
    close(diffusion.bound_gap(part, equal, rule="broad"), 0.5 * n * (np.expm1(-u) + u))
    t = diffusion.speciation_time(a, b)
    assert t >= 0
    assert diffusion.speciation_time(2 * a, b) >= t
    two = diffusion.relaxed(diffusion.mixture([0.5, 0.5], [-a, a], [b, b]), t)
    if t > 0:
        close(two.means[1] ** 2, two.deviations[1] ** 2)


# --- Learning curves, errors of estimators -----------------------------------------------------------------------


@law(
    perceptron.generalisation_error,
    perceptron.entropy,
    perceptron.ising_shells,
    perceptron.high_temperature_free_energy,
    perceptron.high_temperature,
)
@given(
    r=st.floats(-0.99, 0.99), alpha=st.floats(0.0, 3.0), n=st.integers(1, 12), kind=st.sampled_from(perceptron.WEIGHTS)
)
def test_what_an_overlap_costs_and_gives(r, alpha, n, kind):
    for output in perceptron.OUTPUTS:
        error = partial(perceptron.generalisation_error, output=output)
        close(error(r) + error(-r), error(-1.0))
        close(error(1.0), 0.0)
        cost = partial(perceptron.high_temperature_free_energy, alpha=alpha, weights=kind, output=output)
        close(cost(r), alpha * error(r) - perceptron.entropy(r, weights=kind))
        reached = perceptron.high_temperature(alpha, weights=kind, output=output)
        assert 0 <= reached <= error(0.0) + 1e-12
        best = np.cos(np.pi * reached) if output == "sign" else 1 - reached
        if abs(best) < 1:
            assert cost(best) <= cost(r) + 1e-9
    close(perceptron.entropy(-r, weights=kind), perceptron.entropy(r, weights=kind))
    assert perceptron.entropy(r, weights=kind) <= perceptron.entropy(0.0, weights=kind) + 1e-15
    errors, ways = perceptron.ising_shells(n)
    close(np.exp(ways).sum(), 2.0**n)
    close(errors + errors[::-1], np.ones(n + 1))


@law(
    perceptron.quenched,
    perceptron.hebb,
    perceptron.pseudo_inverse,
    perceptron.maximal_stability,
    perceptron.online,
    perceptron.high_temperature_transition,
    perceptron.high_temperature_spinodal,
    perceptron.annealed_transition,
    perceptron.ising_transition,
    perceptron.ising_spinodal,
)
@given(alpha=st.floats(0.05, 5.0))
def test_no_rule_beats_the_vote_of_all_students(alpha):
    typical = perceptron.quenched(alpha, weights="sphere")
    assert typical.bayes <= typical.gibbs + 1e-12
    margin = perceptron.maximal_stability(alpha)
    for error in (margin, perceptron.hebb(alpha), perceptron.pseudo_inverse(alpha)):
        assert typical.bayes - 1e-9 <= error <= 0.5 + 1e-12
    optimal = perceptron.online("optimal", alpha)
    assert typical.bayes <= optimal + 1e-9
    for rule in perceptron.RULES:
        assert optimal <= perceptron.online(rule, alpha) + 1e-7
    np.testing.assert_allclose(perceptron.online("hebb", alpha), perceptron.hebb(alpha), atol=1e-6)
    few = perceptron.quenched(alpha, weights="ising")
    assert few.bayes <= few.gibbs + 1e-12
    assert (few.free_entropy >= 0) == (alpha <= perceptron.ising_transition() or alpha >= perceptron.ising_spinodal())
    assert perceptron.ising_transition() < perceptron.annealed_transition() < perceptron.ising_spinodal()
    assert perceptron.high_temperature_transition() < perceptron.high_temperature_spinodal()


@law(perceptron.linear_unit, perceptron.least_norm)
@given(
    alpha=st.floats(0.0, 5.0),
    t=st.floats(0.01, 3.0),
    noise=st.floats(0.0, 2.0),
    n=st.integers(1, 9),
    p=st.integers(1, 9),
)
def test_linear_students(alpha, t, noise, n, p):
    found = perceptron.linear_unit(alpha, temperature=t, noise=noise)
    assert 0 <= found.mean <= found.student
    nothing = perceptron.linear_unit(0.0, temperature=t, noise=noise)
    close(nothing.mean, 0.5)
    close(nothing.student, 1.0)
    if noise > 0:  # the mean of the posterior at the true noise's temperature is the best there is
        best = perceptron.linear_unit(alpha, temperature=noise, noise=noise)
        assert best.mean <= found.mean + 1e-12
    error = perceptron.least_norm(p, n, noise=noise)
    assert error >= perceptron.least_norm(p, n, noise=0.0) >= 0
    if abs(n - p) > 1:
        assert np.isfinite(error)


@law(m_estimation.log_density, m_estimation.log_slope, m_estimation.fisher_information)
@given(noise=st.sampled_from(m_estimation.NOISES), r=st.floats(0.05, 3.0), z=arrays((4,), -5.0, 5.0))
def test_blurred_noise_is_even_and_normalised(noise, r, z):
    x = np.linspace(-60, 60, 24001)
    density = np.exp(m_estimation.log_density(noise, x, r))
    close(density.sum() * (x[1] - x[0]), 1.0, 7)
    close(m_estimation.log_density(noise, -z, r), m_estimation.log_density(noise, z, r))
    slope = m_estimation.log_slope(noise, z, r)
    close(m_estimation.log_slope(noise, -z, r), -slope)
    h = 1e-5
    by_hand = (m_estimation.log_density(noise, z + h, r) - m_estimation.log_density(noise, z - h, r)) / (2 * h)
    np.testing.assert_allclose(slope, by_hand, atol=1e-5)
    information = density @ m_estimation.log_slope(noise, x, r) ** 2 * (x[1] - x[0])
    np.testing.assert_allclose(m_estimation.fisher_information(noise, r), information, atol=1e-6)
    assert information <= 1 + 1e-9


@law(
    m_estimation.least_squares, m_estimation.least_absolute_deviations, m_estimation.optimal, m_estimation.optimal_loss
)
@given(noise=st.sampled_from(m_estimation.NOISES), kappa=st.floats(0.01, 0.9), u=arrays((5,), -4.0, 4.0))
def test_no_loss_beats_the_best(noise, kappa, u):
    best = m_estimation.optimal(kappa, noise=noise).error
    assert best <= m_estimation.least_squares(kappa, noise=noise).error + 1e-9
    assert best <= m_estimation.least_absolute_deviations(kappa, noise=noise).error + 1e-9
    assert best >= kappa / (1 - kappa) - 1e-9  # Stam
    loss, slope = m_estimation.optimal_loss(kappa, u, noise=noise)
    mirrored_, other = m_estimation.optimal_loss(kappa, -u, noise=noise)
    close(mirrored_, loss)
    close(other, -slope)
    assert (loss >= -1e-12).all()
    assert (slope * u >= 0).all()
    rising = m_estimation.optimal_loss(kappa, np.sort(u), noise=noise)[1]
    assert (np.diff(rising) >= -1e-9).all()  # convex


@law(m_estimation.ridge, m_estimation.lasso, m_estimation.bayes)
@given(kappa=st.floats(0.2, 3.0), noise=st.floats(0.05, 2.0), penalty=st.floats(0.05, 2.0))
def test_no_estimator_beats_the_posterior_mean(kappa, noise, penalty):
    best = m_estimation.bayes(kappa, noise)
    assert 0 < best <= 2.0
    assert best <= m_estimation.ridge(kappa, noise) + 1e-9
    assert best <= m_estimation.lasso(kappa, noise, penalty) + 1e-9
    assert best <= m_estimation.bayes(kappa, 1.5 * noise) + 1e-9
    assert best <= m_estimation.bayes(1.2 * kappa, noise) + 1e-9
    close(m_estimation.ridge(kappa, 3 * noise, prior_variance=6.0), 3 * m_estimation.ridge(kappa, noise), 8)


@law(m_estimation.separable_probability, m_estimation.existence_threshold, m_estimation.logistic_bias)
@examples(0.4)
@given(n=st.integers(1, 20), p=st.integers(1, 20), strength=st.floats(0.2, 3.0), share=st.floats(0.1, 0.8))
def test_when_logistic_regression_exists_and_is_biased(n, p, strength, share):
    some = m_estimation.separable_probability(n, p)
    assert 0 <= some <= 1
    assert some <= m_estimation.separable_probability(n, p + 1)
    assert m_estimation.separable_probability(n + 1, p) <= some
    if p < n:
        close(some + m_estimation.separable_probability(n, n - p), 1.0)
    threshold = m_estimation.existence_threshold(strength)
    assert threshold <= m_estimation.existence_threshold(0.0) + 1e-6
    np.testing.assert_allclose(m_estimation.existence_threshold(0.0), 0.5, atol=1e-6)
    bias = m_estimation.logistic_bias(share * threshold, strength)
    assert bias.slope > 1
    assert bias.slope > m_estimation.logistic_bias(0.5 * share * threshold, strength).slope


@law(random_energy.replicated_moment, random_energy.mean_log_partition, random_energy.participation)
@examples(0.5)
@given(bits=st.integers(0, 12), beta=st.floats(0.1, 4.0), n=st.floats(-2.0, 0.9))
def test_moments_of_a_random_partition_function(bits, beta, n):
    system = {"levels_log2": bits, "beta": beta}
    moment, mean = partial(random_energy.replicated_moment, **system), random_energy.mean_log_partition(**system)
    close(moment(0.0), 0.0)
    slopes = (moment(np.array([-1e-4, 1e-4])) / [-1e-4, 1e-4]).mean()
    np.testing.assert_allclose(slopes, mean, rtol=1e-5, atol=1e-5)
    assert mean <= bits * np.log(2) + beta**2 * bits / 4 + 1e-8  # annealed
    assert moment(n) >= n * mean - 1e-8  # Jensen
    apart = moment(np.array([n - 0.05, n, n + 0.05]))
    assert apart[0] + apart[2] >= 2 * apart[1] - 1e-8  # convex
    share = random_energy.participation(**system)
    assert 2.0**-bits - 1e-9 <= share <= 1 + 1e-9
    assert share <= random_energy.participation(levels_log2=bits, beta=1.2 * beta) + 1e-9


# --- SGD's steady state, narrow pots, variational bounds ---------------------------------------------------------


@law(stationary.covariance, stationary.currents, stationary.entropy_per_step)
@examples(3)
@given(
    seed=seeds, d=st.integers(1, 3), c=factors, momentum=st.sampled_from([0.0, 0.5, 0.9]), share=st.floats(0.05, 0.8)
)
def test_the_cloud_of_sgd_in_other_units_and_axes(seed, d, c, momentum, share):
    rng = random(seed)
    hessian, noise = (s @ np.swapaxes(s, -1, -2) + 0.2 * np.eye(d) for s in rng.standard_normal((2, d, d)))
    eta = share * 2 / np.linalg.eigvalsh(hessian)[-1]
    cloud = stationary.covariance(hessian, noise, learning_rate=eta, momentum=momentum)
    close(cloud, cloud.T)
    assert np.linalg.eigvalsh(cloud)[0] > 0
    close(stationary.covariance(c * hessian, c**2 * noise, learning_rate=eta / c, momentum=momentum), cloud, 7)
    close(stationary.covariance(hessian, c * noise, learning_rate=eta, momentum=momentum), c * cloud, 7)
    turn = np.linalg.qr(rng.standard_normal((d, d)))[0]
    turned = [turn @ m @ turn.T for m in (hessian, noise)]
    turned = [(m + m.T) / 2 for m in turned]
    close(stationary.covariance(*turned, learning_rate=eta, momentum=momentum), turn @ cloud @ turn.T, 7)
    area = stationary.currents(hessian, cloud, learning_rate=eta)
    close(area, -area.T)
    close(stationary.currents(c * hessian, cloud, learning_rate=eta / c), area)
    plain = stationary.covariance(hessian, noise, learning_rate=eta)
    one = np.eye(d)
    close((one - eta * hessian) @ plain @ (one - eta * hessian) + eta**2 * noise, plain, 8)
    curve, heat = hessian[0, 0], noise[0, 0]  # one weight alone, of which the formula is known
    lone = stationary.covariance([[curve]], [[heat]], learning_rate=eta, momentum=momentum)
    close(lone, [[eta * heat / ((1 - momentum) * curve * (2 - eta * curve / (1 + momentum)))]], 8)
    entropy = stationary.entropy_per_step(hessian, noise, learning_rate=eta)
    assert entropy >= -1e-10
    close(stationary.entropy_per_step(hessian, c * noise, learning_rate=eta), entropy, 7)
    close(stationary.entropy_per_step(hessian, c * hessian, learning_rate=eta), 0.0, 8)


@law(stationary.regression_covariance, stationary.mean_square_limit)
@given(seed=seeds, batch=st.integers(1, 5), share=st.floats(0.05, 0.9))
def test_the_cloud_of_sgd_on_a_line_has_no_order_of_cases(seed, batch, share):
    rng = random(seed)
    x, y = rng.standard_normal((5, 2)), rng.standard_normal(5)
    model, other = (LinearRegression(x[order], y[order], 0.8, 1.5) for order in (np.arange(5), rng.permutation(5)))
    limit = stationary.mean_square_limit(model, batch_size=batch)
    hessian = x.T @ x / 0.64 + np.eye(2) / 2.25
    assert 0 < limit <= 2 / np.linalg.eigvalsh(hessian)[-1] + 1e-12
    assert limit <= stationary.mean_square_limit(model, batch_size=batch + 1) + 1e-12
    close(stationary.mean_square_limit(other, batch_size=batch), limit)
    cloud = stationary.regression_covariance(model, learning_rate=share * limit, batch_size=batch)
    close(cloud, cloud.T)
    assert np.linalg.eigvalsh(cloud)[0] >= 0
    close(stationary.regression_covariance(other, learning_rate=share * limit, batch_size=batch), cloud, 7)


@law(stationary.tail_exponent, stationary.epoch_variance)
@given(
    p=laws_of(4, 0.05),
    f=arrays((4,), -0.9, 0.9),
    big=st.floats(1.05, 3.0),
    seed=seeds,
    m=st.integers(2, 9),
    a=st.floats(0.2, 3),
)
def test_tails_and_epochs(p, f, big, seed, m, a):
    order, f = random(seed).permutation(4), np.append(f[:3], big)
    if p @ np.log(np.maximum(np.abs(f), 1e-300)) < -1e-3:
        alpha = stationary.tail_exponent(f, p)
        close(stationary.tail_exponent(f[order], p[order]), alpha, 8)
        close(stationary.tail_exponent(-f, p), alpha, 8)
        close(p @ np.abs(f) ** alpha, 1.0, 8)
        assert stationary.tail_exponent(f**2, p) == pytest.approx(alpha / 2, rel=1e-8)
    phases = partial(stationary.epoch_variance, batches=m)
    variance = phases(a, 0.7, learning_rate=0.4 / a)
    assert variance.shape == (m + 1,)
    assert (variance >= 0).all()
    close(variance[0], variance[-1])
    close(phases(2 * a, 0.7, learning_rate=0.2 / a), variance)
    close(phases(a, 1.4, learning_rate=0.4 / a), 4 * variance)


@law(transfer_matrix.log_weights_above, transfer_matrix.log_partition, transfer_matrix.mean_energy)
@given(t=temperatures, c=factors, g=st.floats(-1, 1), j=st.floats(-1, 1), n=st.integers(1, 9), row=st.integers(1, 2))
def test_a_narrow_pot_in_other_units_and_upside_down(t, c, g, j, n, row):
    pot, other = LatticeGas(3, 3, coupling=j, gravity=g), LatticeGas(3, 3, coupling=c * j, gravity=c * g)
    turned = LatticeGas(3, 3, coupling=j, gravity=-g)
    weights, whole = transfer_matrix.log_weights_above(pot, n, t, row=row), transfer_matrix.log_partition(pot, n, t)
    assert weights.shape == (n + 1,)
    close(np.logaddexp.reduce(weights), whole)
    close(transfer_matrix.log_partition(other, n, c * t), whole)
    close(transfer_matrix.log_partition(turned, n, t), whole + 2 * g * n / t)
    below = transfer_matrix.log_weights_above(turned, n, t, row=3 - row)[::-1] - 2 * g * n / t
    possible = np.isfinite(weights)
    np.testing.assert_array_equal(np.isfinite(below), possible)
    close(below[possible], weights[possible])
    energy_ = transfer_matrix.mean_energy(pot, n, t)
    np.testing.assert_allclose(transfer_matrix.mean_energy(other, n, c * t), c * energy_, atol=1e-6)
    np.testing.assert_allclose(transfer_matrix.mean_energy(pot, n, [t, 2 * t])[0], energy_, atol=1e-9)
    assert transfer_matrix.mean_energy(pot, n, 1.5 * t) >= energy_ - 1e-6


@law(
    variational.factorised_posterior,
    variational.coordinate_ascent,
    variational.evidence_bound,
    variational.many_weights,
)
@examples(2)
@given(seed=seeds, kappa=st.floats(0.1, 3.0), noise=st.floats(0.3, 2.0), c=factors)
def test_independent_weights_bound_the_evidence(seed, kappa, noise, c):
    rng = random(seed)
    line = LinearRegression(rng.standard_normal((5, 2)), rng.standard_normal(5), noise, 1.3)
    best, (mean, covariance) = variational.factorised_posterior(line), line.posterior()
    close(best.mean, mean)
    assert (best.variance <= np.diag(covariance) + 1e-12).all()
    bound = variational.evidence_bound(line, *best)
    assert bound <= line.log_evidence() + 1e-9
    assert variational.evidence_bound(line, best.mean + rng.standard_normal(2), c * best.variance) <= bound + 1e-9
    path = variational.coordinate_ascent(line, rng.standard_normal(2), sweeps=3)
    assert path.shape == (4, 2)
    risen = [variational.evidence_bound(line, m, best.variance) for m in path]
    assert (np.diff(risen) >= -1e-9).all()
    close(variational.coordinate_ascent(line, mean, sweeps=1)[-1], mean)
    true, best_, gap = variational.many_weights(kappa, noise=noise, prior_scale=0.9)
    assert best_ <= true + 1e-12
    assert gap >= -1e-12
    scaled = variational.many_weights(kappa, noise=c * noise, prior_scale=c * 0.9)
    close(scaled[0], c**2 * true)
    close(scaled[2], gap)


@law(
    variational.reverse_divergence,
    variational.reverse_curvature,
    variational.symmetric_fit,
    variational.one_bump_fit,
    variational.forward_fit,
    variational.branch_start,
    variational.switch,
)
@given(mean=st.floats(-3, 3), width=st.floats(0.3, 3.0), a=st.floats(0.0, 6.0))
def test_one_normal_law_on_two_bumps(mean, width, a):
    divergence = partial(variational.reverse_divergence, separation=a)
    here = divergence(mean, width)
    assert here >= -1e-12
    close(divergence(-mean, width), here)
    close(divergence([mean, 0.0], width)[0], here)
    h = 1e-3
    cross = [divergence(mean + i * h, width + j * h) for i, j in ((1, 1), (1, -1), (-1, 1), (-1, -1))]
    bend = variational.reverse_curvature(mean, width, separation=a)
    numbers = (divergence(mean + h, width) + divergence(mean - h, width) - 2 * here) / h**2
    mixed = (cross[0] - cross[1] - cross[2] + cross[3]) / (4 * h**2)
    np.testing.assert_allclose([bend[0, 0], bend[0, 1]], [numbers, mixed], atol=1e-3 * (1 + a**2))
    middle = variational.symmetric_fit(a)
    close(divergence(middle.mean, middle.width), middle.divergence)
    assert middle.divergence <= divergence(0.0, width) + 1e-10
    assert variational.forward_fit(a).divergence >= -1e-12
    close(variational.forward_fit(a).width, np.hypot(1, a))
    assert variational.branch_start() < variational.switch()
    if a > variational.branch_start():
        bump = variational.one_bump_fit(a)
        assert bump.mean > 0
        assert (bump.divergence < middle.divergence) == (a > variational.switch())
        assert bump.divergence <= np.log(2) + 1e-9
