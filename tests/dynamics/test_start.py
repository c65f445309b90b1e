"""What a user's energy returns, and from where no step is possible: named once a run, in every place it enters."""

import numpy as np
import pytest

from sgdphysics import dynamics, energies, work
from sgdphysics.exact.fokker_planck import FokkerPlanck

CHAINS = 4


class Quadratic:
    """E(q) = |q|²/2 in two coordinates, written by a user; as a sum over cases it is eight equal ones."""

    dimension, n_cases = 2, 8

    def energy(self, q):
        return 0.5 * np.sum(q * q, axis=-1)

    def gradient(self, q):
        return 1.0 * q

    def minibatch_gradient(self, q, rows):
        assert rows.shape[:-1] == q.shape[:-1]  # a batch for each chain
        assert ((rows >= 0) & (rows < self.n_cases)).all()
        return 1.0 * q


def with_slip(**slips):
    """An energy whose methods are spoilt by functions of the right answer."""
    energy = Quadratic()
    for method, slip in slips.items():
        right = getattr(energy, method)
        setattr(energy, method, lambda *arguments, right=right, slip=slip: slip(right(*arguments)))
    return energy


def of_energy(change):
    return with_slip(energy=change)


def of_gradient(change):
    return with_slip(gradient=change, minibatch_gradient=change)


def sampler(function, **options):
    def run(energy, q0=None, **more):
        rng = np.random.default_rng(3)
        return function(energy, np.ones((CHAINS, 2)) if q0 is None else q0, rng=rng, **options | more).q

    return run


SAMPLERS = {
    "langevin": sampler(dynamics.langevin, dt=0.1, n_steps=9),
    "underdamped": sampler(dynamics.underdamped_langevin, dt=0.1, n_steps=9, friction=1.0),
    "stochastic dynamics": sampler(dynamics.stochastic_dynamics, step_size=0.1, n_steps=9, alpha=0.5),
    "Monte Carlo": sampler(dynamics.hamiltonian_monte_carlo, step_size=0.1, n_leapfrog=3, n_trajectories=9),
    "sgld": sampler(dynamics.sgld, step_size=0.1, n_steps=9, batch_size=2),
    "sgld, control variate": sampler(
        dynamics.sgld, step_size=0.1, n_steps=9, batch_size=2, control_variate=np.array([0.3, -0.2])
    ),
    "sgd": sampler(dynamics.sgd, learning_rate=0.1, n_steps=9, batch_size=2),
    "stochastic gradient HMC": sampler(
        dynamics.stochastic_gradient_hmc, learning_rate=0.1, n_steps=9, batch_size=2, friction=0.5
    ),
}


def driven(move):
    def run(energy, q0=None):
        q0 = np.ones((CHAINS, 2)) if q0 is None else q0
        return work.drive([Quadratic(), energy, Quadratic()], q0, move=move, rng=np.random.default_rng(3)).q

    return run


DRIVES = {
    "Metropolis": driven(work.metropolis_move(dt=0.1)),
    "Euler": driven(work.euler_move(dt=0.1)),
    "blended": lambda energy, q0=None: work.annealed_importance_sampling(
        Quadratic(),
        energy,
        np.ones((CHAINS, 2)),
        betas=[0.0, 0.5, 1.0],
        move=work.metropolis_move(dt=0.1),
        rng=np.random.default_rng(3),
    )[1],
}

SLIPS = {
    "one energy for all chains": (of_energy(np.sum), r"energy must return shape \(4,\) .*, got \(\)"),
    "a column of energies": (of_energy(lambda e: e[:, None]), r"energy must return shape \(4,\) .*, got \(4, 1\)"),
    "no return": (of_energy(lambda e: None), r"energy.energy\(q\) must be an array of real numbers, got None"),
    "complex energies": (of_energy(lambda e: e + 0j), r"energy.energy\(q\) must be an array of real numbers"),
    "a gradient for all chains": (of_gradient(lambda g: g.mean(axis=0)), r"gradient must return shape .*, got \(2,\)"),
    "a gradient without coordinates": (of_gradient(lambda g: g[:, 0]), r"gradient must return shape .*, got \(4,\)"),
    "a transposed gradient": (of_gradient(np.transpose), r"gradient must return shape \(4, 2\) .*, got \(2, 4\)"),
    "a gradient without return": (
        of_gradient(lambda g: None),
        r"gradient\(q\) must be an array of real numbers, got N",
    ),
    "ragged lists": (of_gradient(lambda g: [[1.0], [1.0, 2.0]]), r"gradient\(q\) must be an array of real numbers"),
    "words": (of_gradient(lambda g: "downhill"), r"gradient\(q\) must be an array of real numbers, got 'downhill'"),
    "masked gradient": (of_gradient(lambda g: np.ma.masked_less(g, 9.0)), r"gradient\(q\) must not be masked"),
}


@pytest.mark.parametrize("run", [*SAMPLERS.values(), *DRIVES.values()], ids=[*SAMPLERS, *DRIVES])
@pytest.mark.parametrize(("energy", "message"), SLIPS.values(), ids=SLIPS)
def test_slips_of_shape_and_kind_are_named(run, energy, message):
    run(Quadratic())
    with pytest.raises(ValueError, match=message):
        run(energy)


def as_jax(array):
    return pytest.importorskip("jax.numpy").asarray(array, dtype=np.float32)


@pytest.mark.parametrize("run", [*SAMPLERS.values(), *list(DRIVES.values())[:2]], ids=[*SAMPLERS, *list(DRIVES)[:2]])
@pytest.mark.parametrize("kind", [np.float32, as_jax], ids=["float32", "JAX"])
def test_answers_in_other_numbers_move_float64_chains(run, kind):
    """Each state is the right one to float32's rounding of the gradient, and the energy sees float64 throughout."""
    seen = set()

    def watched(q, *rows):
        seen.add((type(q), q.dtype))
        return kind(q)

    energy = Quadratic()
    energy.gradient = energy.minibatch_gradient = watched
    energy.energy = lambda q: kind(0.5 * np.sum(q * q, axis=-1))
    q = run(energy)
    assert type(q) is np.ndarray
    assert q.dtype == np.float64
    assert seen == {(np.ndarray, np.dtype(np.float64))}
    np.testing.assert_allclose(q, run(Quadratic()), atol=1e-5)
    assert (q != q.astype(np.float32)).any()  # not float32 values in disguise


@pytest.mark.parametrize("run", SAMPLERS.values(), ids=SAMPLERS)
def test_lists_are_numbers_too(run):
    lists = with_slip(energy=np.ndarray.tolist, gradient=np.ndarray.tolist, minibatch_gradient=np.ndarray.tolist)
    np.testing.assert_array_equal(run(lists), run(Quadratic()))


ALWAYS = {"temperature": 1.0, "thin": 1}
LEFT_OUT = {
    "langevin": ALWAYS,
    "underdamped": ALWAYS | {"mass": 1.0},
    "stochastic dynamics": ALWAYS,
    "Monte Carlo": ALWAYS | {"alpha": 0.0},
    "sgld": ALWAYS,
    "sgd": {"momentum": 0.0, "replacement": True, "thin": 1},
    "stochastic gradient HMC": ALWAYS | {"noise_estimate": 0.0},
}


@pytest.mark.parametrize(("name", "more"), LEFT_OUT.items(), ids=LEFT_OUT)
def test_what_is_left_out_is_heat_of_one_unit_and_nothing_else(name, more):
    np.testing.assert_array_equal(SAMPLERS[name](Quadratic()), SAMPLERS[name](Quadratic(), **more))


@pytest.mark.parametrize("run", SAMPLERS.values(), ids=SAMPLERS)
def test_chains_stand_in_any_shape(run):
    for chains in ((), (3,), (2, 3)):
        assert run(Quadratic(), np.ones((*chains, 2))).shape == (9, *chains, 2)


ONE_A_CHAIN = [
    *(("langevin", name) for name in ("dt", "temperature")),
    *(("underdamped", name) for name in ("dt", "friction", "mass", "temperature")),
    *(("stochastic dynamics", name) for name in ("step_size", "alpha", "temperature")),
    *(("Monte Carlo", name) for name in ("step_size", "alpha", "temperature")),
    *(("sgld", name) for name in ("step_size", "temperature")),
    ("sgd", "learning_rate"),
]


@pytest.mark.parametrize(("sampler", "name"), ONE_A_CHAIN)
def test_chains_in_two_rows_are_the_same_chains_in_one(sampler, name):
    """The chains draw their numbers in the same order; a value for each chain stands as the chains stand."""
    values, starts = np.linspace(0.1, 0.6, 6), np.arange(12.0).reshape(6, 2) / 5
    one_row = SAMPLERS[sampler](Quadratic(), starts, **{name: values})
    two_rows = SAMPLERS[sampler](Quadratic(), starts.reshape(2, 3, 2), **{name: values.reshape(2, 3)})
    np.testing.assert_array_equal(two_rows.reshape(one_row.shape), one_row)
    with pytest.raises(ValueError, match=rf"{name} must be a scalar or one value a chain, shape \(2, 3\); got"):
        SAMPLERS[sampler](Quadratic(), starts.reshape(2, 3, 2), **{name: values[:2]})


class Cone(Quadratic):
    """E(q) = |q|, whose gradient at the tip is 0/0."""

    def energy(self, q):
        return np.linalg.norm(q, axis=-1)

    def gradient(self, q):
        return q / np.linalg.norm(q, axis=-1, keepdims=True)

    def minibatch_gradient(self, q, rows):
        return self.gradient(q)


@pytest.mark.parametrize("run", SAMPLERS.values(), ids=SAMPLERS)
def test_a_start_without_gradient_is_named(run):
    q0 = np.array([[1.0, 1.0], [0.0, 0.0]])
    with pytest.raises(ValueError, match="q0 must have a finite gradient in every chain, got nan"):
        run(Cone(), q0)
    run(Cone(), q0 + 1.0)


def test_a_path_without_gradient_does_not_stand_still_in_silence():
    with pytest.raises(ValueError, match="q must have a finite gradient on every path, got nan"):
        DRIVES["Metropolis"](Cone(), np.array([[1.0, 1.0], [0.0, 0.0]]))


def test_a_control_variate_without_gradient_is_named():
    for center, message in (([0.0, 0.0], "must be finite, got 2 NaN"), ([1.0, 1.0], None)):
        run = sampler(dynamics.sgld, step_size=0.1, n_steps=3, batch_size=1, control_variate=np.array(center))
        if message:
            with pytest.raises(ValueError, match=r"energy.gradient\(control_variate\) " + message):
                run(Cone())
        else:
            run(Cone())


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("dimension", None, "energy.dimension must be an integer of at least 1, got None"),
        ("dimension", 2.0, "energy.dimension must be an integer of at least 1, got 2.0"),
        ("n_cases", None, "energy.n_cases must be an integer of at least 1, got None"),
    ],
)
def test_what_an_energy_must_say_of_itself(attribute, value, message):
    energy = Quadratic()
    setattr(energy, attribute, value)
    with pytest.raises(ValueError, match=message):
        SAMPLERS["sgd"](energy)


class OneCoordinate(energies.DoubleWell):
    def __init__(self, change):
        super().__init__()
        self.change = change

    def energy(self, q):
        return self.change(super().energy(q))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (np.sum, r"energy.energy must return shape \(9,\) for q of shape \(9, 1\), got \(\)"),
        (lambda e: e[:, None], r"energy.energy must return shape \(9,\) .* got \(9, 1\)"),
        (lambda e: None, r"energy.energy\(q\) must be an array of real numbers, got None"),
        (lambda e: np.where(e > 2.0, np.inf, e), r"energy.energy\(centers\) must be finite, got 2 NaN or infinite"),
    ],
)
def test_the_density_s_equation_names_them_too(change, message):
    with pytest.raises(ValueError, match=message):
        FokkerPlanck(OneCoordinate(change), -2.0, 2.0, 9)
    rates = FokkerPlanck(OneCoordinate(as_jax), -2.0, 2.0, 9).rates
    np.testing.assert_allclose(rates, FokkerPlanck(energies.DoubleWell(), -2.0, 2.0, 9).rates, rtol=1e-5)


def test_a_move_that_loses_paths_is_named():
    for move, message in (
        (lambda energy, q, rng: q[:2], r"move must return shape \(4, 2\) for q of shape \(4, 2\), got \(2, 2\)"),
        (lambda energy, q, rng: None, r"move\(energy, q, rng\) must be an array of real numbers, got None"),
    ):
        with pytest.raises(ValueError, match=message):
            driven(move)(Quadratic())


class Tiring(Quadratic):
    """An energy that fails in the end."""

    calls = 0

    def gradient(self, q):
        self.calls += 1
        if self.calls == 8:
            raise self.error
        return super().gradient(q)

    minibatch_gradient = lambda self, q, rows: self.gradient(q)  # noqa: E731


@pytest.mark.parametrize("run", SAMPLERS.values(), ids=SAMPLERS)
@pytest.mark.parametrize("error", [RuntimeError("the service is gone"), KeyboardInterrupt()], ids=["error", "Ctrl-C"])
def test_whatever_ends_a_run_it_keeps_its_states(run, error):
    energy = Tiring()
    energy.error = error
    with pytest.raises((RuntimeError, dynamics.InterruptedRun)) as caught:
        run(energy)
    kept = caught.value.trajectory.q
    assert 0 < len(kept) < 8
    np.testing.assert_array_equal(kept, run(Quadratic())[: len(kept)])
    assert isinstance(caught.value, dynamics.InterruptedRun) or ".trajectory" in caught.value.__notes__[0]


@pytest.mark.parametrize("error", [RuntimeError("the service is gone"), KeyboardInterrupt()], ids=["error", "Ctrl-C"])
def test_whatever_ends_a_drive_it_keeps_its_paths(error):
    energy = Tiring()
    energy.error = error
    with pytest.raises((RuntimeError, dynamics.InterruptedRun)) as caught:
        work.drive([energy] * 20, np.ones((CHAINS, 2)), move=work.euler_move(dt=0.1), rng=np.random.default_rng(3))
    assert caught.value.trajectory.q.shape == (CHAINS, 2)
    assert (caught.value.trajectory.q != 1.0).all()


def test_a_step_size_that_ends_in_zero_keeps_the_states_before():
    with pytest.raises(ValueError, match=r"step_size\(99\) must be greater than zero") as caught:
        dynamics.sgld(
            Quadratic(),
            np.ones((CHAINS, 2)),
            step_size=lambda t: 0.1 * (1 - t / 99),
            n_steps=100,
            batch_size=1,
            rng=np.random.default_rng(0),
        )
    assert caught.value.trajectory.q.shape == (99, CHAINS, 2)
