"""Each claim of the chapter on relaxation names a wrong method that it rejects. Here the quick ones are tried.

``holds(check)`` runs a claim as the chapter makes it, with the right method or with a wrong one in its place.
"""

import numpy as np
import pytest
from alternatives import holds
from scipy.linalg import expm
from scipy.special import ndtr

from sgdphysics import dynamics, energies, estimators, work
from sgdphysics.exact import gibbs
from sgdphysics.exact.fokker_planck import FokkerPlanck
from sgdphysics.exact.master_equation import transition_matrix

T, SHAKE = 0.5, 0.5
WELL = energies.DoubleWell(barrier=1.0)
GRID = FokkerPlanck(WELL, -3.2, 3.2, 320, temperature=T)
P0 = np.diff(ndtr((GRID.edges + 1.0) / SHAKE))
DENSITY = GRID.evolve(P0 / P0.sum(), dt=0.05, n_steps=480)
KL = gibbs.kullback_leibler(DENSITY, GRID.equilibrium)
ENERGY = DENSITY @ GRID.energies
K, M0, V0 = 1.8, -1.5, 0.25**2


def in_bins(cells):
    return cells.reshape(*cells.shape[:-1], -1, 10).sum(axis=-1)


def gap_at(temperature):
    return FokkerPlanck(WELL, -3.2, 3.2, 320, temperature=temperature).relaxation_rates(1)[0]


def kramers(temperature):
    return 4 * np.sqrt(2) / np.pi * np.exp(-1 / np.asarray(temperature))


def test_mass_and_rest():
    leaky = transition_matrix(GRID.rates, 0.05)
    leaky[-1] *= 0.999
    p = np.full(320, 1 / 320)
    assert holds("close", (p @ transition_matrix(GRID.rates, 0.05)).sum(), 1.0, atol=1e-12)
    assert not holds("close", (p @ leaky).sum(), 1.0, atol=1e-12)
    rise = np.diff(GRID.energies) / T
    central, cells = np.zeros((320, 320)), np.arange(319)
    central[cells, cells + 1], central[cells + 1, cells] = np.maximum([1 - rise / 2, 1 + rise / 2], 0) * T / 0.02**2
    for rates, verdict in [(GRID.rates, True), (central, False)]:
        after = GRID.equilibrium @ transition_matrix(rates, 5.0)
        assert holds("close", after, GRID.equilibrium, atol=1e-12) == verdict


def test_divergence_and_free_energy():
    assert holds("less", KL[1:], KL[:-1])
    assert not holds("less", ENERGY[1:], ENERGY[:-1])
    excess = GRID.free_energy(DENSITY) - GRID.equilibrium_free_energy
    assert holds("close", excess, T * KL, atol=1e-11)
    exchanged = gibbs.kullback_leibler(GRID.equilibrium, DENSITY[1:])
    assert not holds("close", excess[1:], T * exchanged, atol=1e-11)


def test_energy_arrives_first():
    rest = GRID.equilibrium @ GRID.energies
    assert holds("close", ENERGY[4], rest, rtol=0.01) and not holds("close", ENERGY[2], rest, rtol=0.01)
    faster = gibbs.kullback_leibler(DENSITY[16], GRID.equilibrium)
    assert holds("less", 0.5, KL[4]) and not holds("less", 0.5, faster)


def test_coarse_bins_and_entropy():
    coarse, one_in_ten = gibbs.kullback_leibler(in_bins(DENSITY), in_bins(GRID.equilibrium)), DENSITY[:, ::10]
    kept = gibbs.boltzmann(GRID.energies[::10], T)
    one_in_ten = gibbs.kullback_leibler(one_in_ten / one_in_ten.sum(axis=1, keepdims=True), kept)
    assert holds("less", coarse[:241], KL[:241])
    assert not holds("less", one_in_ten[:241], KL[:241])
    own = GRID.entropy(DENSITY) - GRID.entropy(DENSITY[0])
    heat = ENERGY[0] - ENERGY
    both = own + heat / T
    assert holds("less", both[:-1], both[1:]) and not holds("less", own[:-1], own[1:])
    assert holds("close", both, KL[0] - KL, atol=1e-11)
    assert not holds("close", own + heat, KL[0] - KL, atol=1e-11)
    point = GRID.evolve(np.eye(320)[110], dt=0.05, n_steps=8)
    from_point = GRID.entropy(point) - GRID.entropy(point[0])
    assert holds("less", own[1:9].max(), 0.0) and not holds("less", from_point[1:9].max(), 0.0)


def test_gap_and_kramers():
    gap = GRID.relaxation_rates(1)[0]
    rate = np.log(KL[400] / KL[480]) / 4.0
    assert holds("close", rate, 2 * gap, rtol=1e-4)
    assert not holds("close", rate, 2.02 * gap, rtol=1e-4)
    for factor, verdict in [(1.0, True), (0.5, False)]:
        ratios = [gap_at(low) / (factor * kramers(low)) for low in (0.06, 0.12)]
        assert holds("close", 2 * ratios[0] - ratios[1], 1.0, atol=0.02) == verdict


@pytest.mark.parametrize(("heat", "verdict"), [(1.0, True), (0.5, False)])
def test_crowd_follows_its_equation(heat, verdict):
    rng = np.random.default_rng(1)
    start = -1.0 + SHAKE * rng.standard_normal((20_000, 1))
    run = dynamics.langevin(WELL, start, dt=0.0005, n_steps=600, temperature=heat * T, rng=rng, thin=600)
    counted = np.histogram(run.q, GRID.edges[::10])[0] / 20_000
    expected = in_bins(DENSITY[6])
    some = expected > 25 / 20_000
    se = np.sqrt(expected * (1 - expected) / 20_000)
    assert holds("agrees", counted[some], expected[some], se=se[some]) == verdict


@pytest.mark.parametrize(
    ("heat", "kl_holds", "energy_holds"), [(1.0, True, True), (1.05, True, False), (1.1, False, False)]
)
def test_warmer_crowds(heat, kl_holds, energy_holds):
    """Particles drawn from the exact density of a warmer bath, at the times of the chapter's looks."""
    rng, looks = np.random.default_rng(2), np.array([1, 2, 4, 8, 14, 24, 40, 60, 90])
    bath = FokkerPlanck(WELL, -3.2, 3.2, 320, temperature=heat * T)
    density = bath.evolve(P0 / P0.sum(), dt=0.05, n_steps=90)[looks]
    cells = np.array([rng.choice(320, size=20_000, p=p) for p in density])
    rest, exact = in_bins(GRID.equilibrium), gibbs.kullback_leibler(in_bins(DENSITY[looks]), in_bins(GRID.equilibrium))

    def divergence(cells):
        return gibbs.kullback_leibler(np.bincount(cells.astype(int) // 10, minlength=32) / cells.size, rest)

    found = np.transpose([estimators.jackknife(divergence, row, groups=200) for row in cells])
    if heat != 1.05:
        assert holds("agrees", found[0], exact, se=found[1], dof=199) == kl_holds
    mean, se = estimators.replica_mean(GRID.energies[cells].T)
    assert holds("agrees", mean, ENERGY[looks], se=se) == energy_holds


def test_rates_tell_the_eigenvalue_from_kramers():
    """Sides drawn from the law that the eigenvalue says, with the chapter's numbers of particles and looks."""
    rng, baths, second = np.random.default_rng(3), np.array([0.3, 0.4, 0.55, 0.75]), np.array([8, 8, 6, 4])
    gaps = np.array([gap_at(bath) for bath in baths])
    first = np.where(rng.random((24_000, 4)) < (1 + np.exp(-2 * gaps)) / 2, 1, -1)
    stay = rng.random((24_000, 4)) < (1 + np.exp(-gaps * (second - 2))) / 2
    looks = np.stack([first, np.where(stay, first, -first)], axis=1)

    def rate(looks):
        surplus = looks.mean(axis=0)
        return np.log(surplus[0] / surplus[1]) / (second - 2.0)

    rates, se = estimators.jackknife(rate, looks, groups=200)
    assert holds("agrees", rates, gaps, se=se, dof=199)
    assert not holds("agrees", rates, kramers(baths), se=se, dof=199)


def spring_kl(mean, variance):
    share = variance / (T / K)
    return 0.5 * (share - 1 + mean**2 / (T / K) - np.log(share))


def test_spring():
    rng, steps = np.random.default_rng(4), 20 * np.array([3, 7, 13, 20, 30, 45, 60])

    def law(step_rate, spread_rate=2.0):
        left, rest = (1 - K * 0.002) ** steps, T / K / (1 - K * 0.001)
        return M0 * left**step_rate, rest + (V0 - rest) * left**spread_rate

    mean, variance = law(1.0)
    q = mean + np.sqrt(variance) * rng.standard_normal((20_000, 7))
    found, se = estimators.replica_mean(q)
    assert holds("agrees", found, mean, se=se) and not holds("agrees", found, law(2.0)[0], se=se)
    found, se = estimators.replica_mean((q - mean) ** 2)
    assert holds("agrees", found, variance, se=se) and not holds("agrees", found, law(1.0, 1.0)[1], se=se)
    found, se = estimators.jackknife(lambda q: spring_kl(q.mean(axis=0), q.var(axis=0)), q, groups=200)
    no_logarithm = spring_kl(mean, variance) + 0.5 * np.log(variance / (T / K))
    assert holds("agrees", found, spring_kl(mean, variance), se=se, dof=199)
    assert not holds("agrees", found, no_logarithm, se=se, dof=199)
    line = FokkerPlanck(energies.Harmonic(K), -4.0, 4.0, 400, temperature=T)
    p0 = np.diff(ndtr((line.edges - M0) / np.sqrt(V0)))
    solved = gibbs.kullback_leibler(line.evolve(p0 / p0.sum(), dt=0.04, n_steps=60)[1:], line.equilibrium)
    left = np.exp(-K * 0.04 * np.arange(1, 61))
    mean, variance = M0 * left, T / K + (V0 - T / K) * left**2
    assert holds("close", solved, spring_kl(mean, variance), rtol=1e-3, atol=1e-5)
    assert not holds("close", solved, spring_kl(1.01 * mean, variance), rtol=1e-3, atol=1e-5)


def heavy(friction, mass=2.5):
    rest = np.diag([T / K, mass * T])
    flow = expm(np.array([[0, 1 / mass], [-K, -friction]]) * (np.arange(1, 401) * 0.04)[:, None, None])
    means = flow @ [M0, 0.0]
    spreads = rest + flow @ (np.diag([V0, mass * T]) - rest) @ flow.transpose(0, 2, 1)
    alone = spring_kl(means[:, 0], spreads[:, 0, 0])
    return means, spreads, gibbs.kullback_leibler_normal(means, spreads, np.zeros(2), rest), alone


def test_heavy_particles():
    means, spreads, both, alone = heavy(0.4)
    assert holds("less", both[1:], both[:-1]) and not holds("less", alone[1:], alone[:-1])
    assert holds("less", 0.0, np.diff(alone).max()) and not holds("less", 0.0, np.diff(heavy(8.0)[3]).max())
    springs, rest = np.array([K, 1 / 2.5]), np.diag([T / K, 2.5 * T])

    def excess(covariances):
        energy = 0.5 * (means**2 + np.diagonal(spreads, axis1=1, axis2=2)) @ springs - 0.5 * np.diag(rest) @ springs
        return energy / T - 0.5 * (np.linalg.slogdet(covariances)[1] - np.linalg.slogdet(rest)[1])

    uncorrelated = spreads * np.eye(2)
    assert holds("close", both, excess(spreads), atol=1e-10)
    without = gibbs.kullback_leibler_normal(means, uncorrelated, np.zeros(2), rest)
    assert not holds("close", without, excess(spreads), atol=1e-10)


@pytest.mark.parametrize(("heat", "verdict"), [(1.0, True), (1 / 2.5, False)])
def test_mass_forgotten_in_the_noise(heat, verdict):
    """Noise without the mass makes momenta of variance T in place of m T: a bath of T/m."""
    rng = np.random.default_rng(5)
    start = M0 + np.sqrt(V0) * rng.standard_normal((5000, 1))
    run = dynamics.underdamped_langevin(
        energies.Harmonic(K), start, dt=0.08, n_steps=84, friction=0.4, mass=2.5, temperature=heat * T, rng=rng, thin=12
    )
    x = np.concatenate([run.q, run.momentum], axis=-1).swapaxes(0, 1)
    rest = np.diag([T / K, 2.5 * T])

    def divergence(x):
        centred = x - x.mean(axis=0)
        covariance = np.einsum("nti,ntj->tij", centred, centred) / len(x)
        return gibbs.kullback_leibler_normal(x.mean(axis=0), covariance, np.zeros(2), rest)

    found, se = estimators.jackknife(divergence, x, groups=200)
    assert holds("agrees", found, heavy(0.4)[2][23::24][: len(found)], se=se, dof=199) == verdict


DT, MU = 0.0002, np.array([0.4, 1.2])
X = np.column_stack([np.ones(24), np.linspace(0.05, 1.95, 24)])
MODEL = energies.LinearRegression(X, X @ MU, noise=0.5, prior_scale=2.0)
MU, POSTERIOR = MODEL.posterior()
HESSIAN = np.linalg.inv(POSTERIOR)


STIFF, DIRECTIONS = np.linalg.eigh(HESSIAN)


def training(temperature, n_steps, offset=(0.7, 0.4), variance=0.16):
    """KL from the posterior, mean loss above the posterior's, and covariances, at each step: two springs."""
    left = (1 - STIFF * DT) ** np.arange(n_steps + 1)[:, None]
    own = temperature / STIFF / (1 - STIFF * DT / 2)
    mean, spread = left * (np.array(offset) @ DIRECTIONS), own + (variance - own) * left**2
    kl = 0.5 * np.sum(STIFF * (spread + mean**2) - 1 - np.log(STIFF * spread), axis=1)
    loss = 0.5 * np.sum(STIFF * (spread + mean**2) - 1, axis=1)
    return kl, loss, np.einsum("ik,tk,jk->tij", DIRECTIONS, spread, DIRECTIONS)


def test_learning():
    kl, loss, covariances = training(1.0, 1200)
    cold, cold_loss, _ = training(0.25, 1200)
    half, half_loss, _ = training(0.5, 1200)
    assert holds("less", kl[1:], kl[:-1]) and not holds("less", cold[1:], cold[:-1])
    missing = 0.5 * (np.linalg.slogdet(POSTERIOR)[1] - np.linalg.slogdet(covariances)[1])
    assert holds("close", kl, loss + missing, atol=1e-9)
    wrong = 0.5 * np.log(np.prod(np.diag(POSTERIOR)) / np.prod(np.diagonal(covariances, axis1=1, axis2=2), axis=1))
    assert not holds("close", kl, loss + wrong, atol=1e-9)
    looks = 10 * np.array([1, 3, 6, 12, 25])
    se = np.sqrt(2 * kl[looks] / 10_000) + 1e-3  # about what 10,000 runs give
    assert not holds("agrees", half[looks], kl[looks], se=se, dof=199)
    assert not holds("agrees", half_loss[looks], loss[looks], se=(1 + loss[looks]) / 100)
    at = {temperature: training(temperature, 400)[0] for temperature in (0.0, 0.25, 1.0, 4.0)}
    for cold in (0.0, 0.25):
        assert holds("less", 1.2 * at[cold].min(), training(cold, 1200)[0][-1])
    assert not holds("less", 1.2 * kl.min(), kl[-1])
    end_of_cold = 0.25 - 1 - np.log(0.25)
    assert holds("less", at[0.25].min(), end_of_cold) and not holds("less", end_of_cold, at[0.25].min())
    slope = -np.linalg.slogdet(np.eye(2) - HESSIAN * DT)[1]
    assert holds("close", np.diff(training(0.0, 3000)[0])[-1], slope, rtol=1e-3)
    assert not holds("close", np.diff(cold * np.ones(3))[-1], slope, rtol=1e-3)


def test_same_loss():
    narrow = 1e-4
    for spread, verdict in [(narrow * np.trace(HESSIAN), True), (0.0, False)]:
        start = np.sqrt((2.0 - spread) / STIFF[1]) * DIRECTIONS[:, 1], narrow
        assert holds("close", training(1.0, 1, *start)[1][0], 0.0, atol=1e-9) == verdict
    start = np.sqrt((2.0 - narrow * np.trace(HESSIAN)) / STIFF[1]) * DIRECTIONS[:, 1], narrow
    kl, loss, _ = training(1.0, 1200, *start)
    noiseless = training(0.0, 1200, *start)[1]
    assert holds("less", loss.min(), loss[-1]) and not holds("less", noiseless.min(), noiseless[-1])
    assert holds("less", kl[1:501], kl[:500]) and not holds("less", loss[1:501], loss[:500])
    end = training(1.0, 4800, *start)[0][-1]
    for dt, verdict in [(DT, True), (DT / 2, False), (0.0, False)]:
        own = np.linalg.inv(HESSIAN - HESSIAN @ HESSIAN * dt / 2)
        floor = gibbs.kullback_leibler_normal(np.zeros(2), own, np.zeros(2), POSTERIOR)
        assert holds("close", end, floor, rtol=1e-6) == verdict


def way_back(n_steps):
    pairs = zip(np.linspace(T / V0, K, n_steps + 1), np.linspace(M0, 0.0, n_steps + 1), strict=True)
    return [energies.Harmonic(*pair) for pair in pairs]


def test_cashing_in():
    spring, bath = energies.Harmonic(K), {"dt": 0.05, "temperature": T}

    def gain(n, quench=True):
        protocol = [spring, *way_back(n)] if quench else [spring, *way_back(n)[1:]]
        if not quench:  # wait first: the crowd is in equilibrium before anything is driven
            return -work.mean_harmonic_work(protocol, [0.0], [T / K], **bath)
        return -work.mean_harmonic_work(protocol, [M0], [V0], **bath)

    available = T * spring_kl(M0, V0)
    limit = 2 * gain(12_800) - gain(6400)
    assert holds("close", limit, available, rtol=1e-4) and holds("less", gain(640), available)
    excess_energy = 0.5 * K * (M0**2 + V0) - T / 2
    assert not holds("close", limit, excess_energy, rtol=1e-4)
    assert not holds("less", excess_energy + 0.5, available)
    rng = np.random.default_rng(6)
    crowd = M0 + np.sqrt(V0) * rng.standard_normal((10_000, 1))
    paid = work.drive([spring, *way_back(40)], crowd, move=work.exact_move(**bath), rng=rng).work
    mean, se = estimators.replica_mean(-paid)
    assert holds("agrees", mean, gain(40), se=se) and not holds("agrees", mean, gain(40, quench=False), se=se)


def test_divergence_of_normals_against_quadrature():
    """The one formula on which the chapter's divergences of two coordinates rest."""
    mean, covariance = np.array([0.3, -0.4]), np.array([[0.5, 0.2], [0.2, 0.3]])
    mean_q, covariance_q = np.array([0.1, 0.2]), np.array([[0.6, -0.1], [-0.1, 0.4]])
    axis = np.linspace(-5, 5, 801)
    q = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1)

    def log_density(center, spread):
        quadratic = np.einsum("...i,ij,...j->...", q - center, np.linalg.inv(spread), q - center)
        return -0.5 * quadratic - 0.5 * np.linalg.slogdet(2 * np.pi * spread)[1]

    log_p, log_q = log_density(mean, covariance), log_density(mean_q, covariance_q)
    by_quadrature = np.sum(np.exp(log_p) * (log_p - log_q)) * (axis[1] - axis[0]) ** 2
    found = gibbs.kullback_leibler_normal(mean, covariance, mean_q, covariance_q)
    np.testing.assert_allclose(found, by_quadrature, rtol=1e-10)


def test_runs_at_other_temperatures():
    """Runs drawn from the exact law: noise 10% off is seen, and so is a loss that stays, or another equilibrium."""
    rng, looks = np.random.default_rng(7), 10 * np.array([2, 4, 8, 14, 22, 40])
    for temperature, heat in [(0.25, 1.0), (4.0, 1.0), (4.0, 1.1)]:
        covariances = training(heat * temperature, 400)[2][looks]
        left = (1 - STIFF * DT) ** looks[:, None]
        means = (left * (np.array([0.7, 0.4]) @ DIRECTIONS)) @ DIRECTIONS.T
        w = np.array([rng.multivariate_normal(*law, size=4000) for law in zip(means, covariances, strict=True)])

        def fitted(w):
            covariance = np.einsum("nti,ntj->tij", w - w.mean(axis=0), w - w.mean(axis=0)) / len(w)
            return gibbs.kullback_leibler_normal(w.mean(axis=0), covariance, np.zeros(2), POSTERIOR)

        found, se = estimators.jackknife(fitted, w.swapaxes(0, 1), groups=200)
        assert holds("agrees", found, training(temperature, 400)[0][looks], se=se, dof=199) == (heat == 1.0)
    kl, loss, _ = training(0.25, 3000)
    shared = 0.5 * np.sum(np.mean(STIFF) * 0.16 - 1)
    assert not holds("close", shared, kl[0], rtol=1e-6)
    finite = 0.25 / (1 - STIFF * DT / 2)
    assert holds("close", kl[-1], 0.5 * np.sum(finite - 1 - np.log(finite)), rtol=0.01)
    assert not holds("close", kl[-1], training(1.0, 3000)[0][-1], rtol=0.01)
    assert not holds("less", np.diff(kl[:1000]), 0.0)
    start = np.sqrt((2.0 - 1e-4 * np.trace(HESSIAN)) / STIFF[1]) * DIRECTIONS[:, 1], 1e-4
    loss = training(1.0, 1200, *start)[1]
    se = np.full(10, 1.5 / np.sqrt(10_000))
    assert not holds("agrees", loss[10 * np.array([1, 2, 4, 7, 12, 20, 32, 55, 80, 120])], 0.0, se=se)
    settled = training(1.0, 1200, (0.0, 0.0), 1 / STIFF)[1]
    assert holds("less", loss.min(), 0.0, se=0.015) and not holds("less", settled.min(), 0.0, se=0.015)
