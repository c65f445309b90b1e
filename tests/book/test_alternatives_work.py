"""Each claim of the chapter on work names a wrong method that it rejects. Here the quick ones are tried.

``holds(kind, …)`` runs a claim as the chapter makes it, with the right method or with a wrong one in its place.
"""

import numpy as np
import pytest
from alternatives import holds
from scipy.special import expit, ndtr

from sgdphysics import energies, estimators, work
from sgdphysics.dynamics.langevin import langevin_step
from sgdphysics.exact import gibbs, master_equation

K, T, L = 4.0, 1.4, 1.0
SPEEDS = [0.5, 2.0, 8.0]
SQUEEZE = [energies.Harmonic(stiffness) for stiffness in np.linspace(1.0, 8.0, 41)]
DELTA_F = T / 2 * np.log(8.0)


def dragged(duration, distance=L):
    n_steps = max(20, round(duration / 0.02))
    return [energies.Harmonic(K, center) for center in np.linspace(0.0, distance, n_steps + 1)]


def works(traps, duration, paths, rng, heat=1.0):
    start = traps[0].center + np.sqrt(T / traps[0].stiffness) * rng.standard_normal((paths, 1))
    move = work.exact_move(dt=duration / (len(traps) - 1), temperature=heat * T)
    return work.drive(traps, start, move=move, rng=rng).work


PATHS = np.transpose([works(dragged(time), time, 80_000, np.random.default_rng(7)) for time in SPEEDS[:2]])
WASTED = work.dragging_dissipation(L, SPEEDS[:2], K)


def test_switch_then_move():
    traps, move = dragged(0.5), work.exact_move(dt=0.02, temperature=T)

    def pull(moves_first, rng):
        q, W = np.sqrt(T / K) * rng.standard_normal((100, 1)), np.zeros(100)
        for before, after in zip(traps[:-1], traps[1:], strict=True):
            if moves_first:
                q = move(after, q, rng)
            W += after.energy(q) - before.energy(q)
            if not moves_first:
                q = move(after, q, rng)
        return W

    rngs = [np.random.default_rng(1) for _ in range(3)]
    driven = works(traps, 0.5, 100, rngs[0])
    assert holds("close", driven, pull(False, rngs[1]), atol=1e-12)
    assert not holds("close", driven, pull(True, rngs[2]), atol=1e-12)


def test_dragging():
    mean, se = estimators.replica_mean(PATHS)
    assert holds("agrees", mean, WASTED, se=se)
    assert not holds("agrees", mean, L**2 / np.array(SPEEDS[:2]), se=se)
    assert not holds("agrees", mean, work.dragging_dissipation(L, SPEEDS[:2], K / 2), se=se)
    spread, se = estimators.replica_mean((PATHS - WASTED) ** 2)
    assert holds("agrees", spread / (2 * T), WASTED, se=se / (2 * T))
    assert not holds("agrees", spread / T, WASTED, se=se / T)
    assert not holds("agrees", spread / (2 * T), work.dragging_dissipation(L, SPEEDS[:2], K / 2), se=se / (2 * T))


def test_jarzynski_and_lucky_paths():
    found, se = work.jarzynski(PATHS, temperature=T)
    wrong, wrong_se = work.jarzynski(PATHS, temperature=1.05 * T)
    assert holds("agrees", found, 0.0, se=se) and not holds("agrees", wrong, 0.0, se=wrong_se)
    lucky, exact = np.mean(PATHS < 0, axis=0), ndtr(-np.sqrt(WASTED / (2 * T)))
    se = np.sqrt(exact * (1 - exact) / 80_000)
    assert holds("agrees", lucky, exact, se=se)
    assert not holds("agrees", lucky, ndtr(-np.sqrt(WASTED / T)), se=se)


def test_rare_paths():
    D = work.dragging_dissipation(3 * L, 0.5, K)
    W = np.linspace(-60.0, 80.0, 400_001)
    law = np.exp(-((W - D) ** 2) / (4 * T * D)) / np.sqrt(4 * np.pi * T * D) * (W[1] - W[0])
    share = ndtr(np.sqrt(D / (2 * T)))
    for power, verdict in [(1.0, True), (0.5, False)]:
        assert holds("close", (law * np.exp(-power * W / T))[W < 0].sum(), share, atol=1e-4) == verdict
    counts_as = law * np.exp(-W / T)
    assert holds("close", counts_as[W < -D].sum(), 0.5, atol=1e-3)
    assert not holds("close", counts_as[W < -D / 2].sum(), 0.5, atol=1e-3)
    fast = D + np.sqrt(2 * T * D) * np.random.default_rng(2).standard_normal(80_000)
    exact = ndtr(-np.sqrt(D / (2 * T)))
    se = np.sqrt(exact * (1 - exact) / fast.size)
    assert holds("agrees", np.mean(fast < 0), exact, se=se)
    assert not holds("agrees", np.mean(D + 1.05 * (fast - D) < 0), exact, se=se)
    assert holds("less", np.mean(fast < -D), 3e-4) and not holds("less", np.mean(fast < 0), 3e-4)


def bennett(forward, reverse):
    return np.array([work.bar(*pair, temperature=T)[0] for pair in zip(forward, reverse, strict=True)])


def rms(estimates):
    return np.sqrt(np.mean(np.square(estimates), axis=0))


def both_methods(duration, groups, rng, each=50):
    D = work.dragging_dissipation(3 * L, duration, K)
    W = D + np.sqrt(2 * T * D) * rng.standard_normal((groups, 100 + each))
    one_end, error = work.jarzynski(W[:, :100].T, temperature=T)
    return np.stack([one_end, bennett(W[:, :each], W[:, 100:]), error], axis=1)


def test_bisection_rejects_works_with_their_sign_turned():
    """The chapter's own bisection, of works that reach `bar`'s estimate in logarithms."""

    def bisection(forward, reverse):
        low, high = np.full(len(forward), -100.0), np.full(len(forward), 100.0)
        for _ in range(60):
            middle = (low + high) / 2
            ahead = expit((middle[:, None] - forward) / T).sum(axis=1)
            back = expit(-(middle[:, None] + reverse) / T).sum(axis=1)
            low, high = np.where(ahead < back, [middle, high], [low, middle])
        return middle

    D = work.dragging_dissipation(3 * L, 0.5, K)
    ahead, back = D + np.sqrt(2 * T * D) * np.random.default_rng(11).standard_normal((2, 5, 50))
    assert holds("close", bisection(ahead, back), bennett(ahead, back), atol=1e-9)
    assert not holds("close", bisection(ahead, -back), bennett(ahead, back), atol=1e-9)
    assert not holds("close", bisection(-ahead, back), bennett(ahead, back), atol=1e-9)


def test_both_ends_at_equal_cost():
    rng = np.random.default_rng(3)
    fast, again = both_methods(0.5, 400, rng), both_methods(0.5, 400, rng)
    twice = both_methods(0.5, 400, rng, each=100)
    bias, se = estimators.replica_mean(fast[:, 0])
    assert holds("less", 0.0, bias, se=se) and not holds("agrees", bias, 0.0, se=se)
    bias, se = estimators.replica_mean(fast[:, 1])
    assert not holds("less", 0.0, bias, se=se)
    error, se = estimators.jackknife(rms, fast[:, 1], groups=100)
    for other, verdict in [(again, True), (twice, False)]:
        wanted, wanted_se = estimators.jackknife(rms, other[:, 1], groups=100)
        assert holds("agrees", error, wanted, se=np.hypot(se, wanted_se), dof=99) == verdict
    gain, se = estimators.jackknife(lambda x: rms(x)[0] - rms(x)[1], fast, groups=100)
    assert holds("less", 0.0, gain, se=se)
    slow = both_methods(8.0, 400, rng)
    for estimates, verdict in [(fast, True), (slow, False)]:
        narrower, se = estimators.jackknife(lambda x: x[:, 0].std() - x[:, 2].mean(), estimates, groups=100)
        assert holds("less", estimates[:, 2].mean(), estimates[:, 0].std(), se=se) == verdict


@pytest.mark.parametrize("heat", [1.0, 1.1])
def test_crooks(heat):
    rng = np.random.default_rng(4)
    pair = [works(traps, 0.4, 2**16, rng, heat) for traps in (SQUEEZE, SQUEEZE[::-1])]
    (slope, crossing), (slope_se, crossing_se) = work.crooks_fit(*pair)
    assert holds("agrees", slope, 1 / T, se=slope_se) == (heat == 1.0)
    if heat == 1.0:
        assert holds("agrees", crossing, DELTA_F, se=crossing_se)
        assert not holds("agrees", (pair[0].mean() - pair[1].mean()) / 2, DELTA_F, se=crossing_se)
        for reading, verdict in [(T, True), (1.1 * T, False)]:
            for value, se in (work.bar(*pair, temperature=reading), work.jarzynski(pair[0], temperature=reading)):
                assert holds("agrees", value, DELTA_F, se=se) == verdict
        mean, se = estimators.replica_mean(pair[0])
        exact = work.mean_harmonic_work(SQUEEZE, [0.0], [T], dt=0.01, temperature=T)
        assert holds("agrees", mean, exact, se=se) and not holds("agrees", mean, DELTA_F, se=se)
        assert holds("less", DELTA_F, mean, se=se) and not holds("less", DELTA_F, -pair[1].mean(), se=se)


def test_when_one_end_is_enough():
    rng, bath = np.random.default_rng(5), {"dt": 0.01, "temperature": T}
    assert holds("close", work.log_work_moment(SQUEEZE, 1, **bath), -DELTA_F / T, atol=1e-12)
    hot = work.log_work_moment(SQUEEZE, T / (1.05 * T), **bath)
    assert not holds("close", hot, -DELTA_F / T, atol=1e-12)
    tame, wild = (work.log_work_moment(traps, 2, **bath) for traps in (SQUEEZE, SQUEEZE[::-1]))
    slow = work.log_work_moment(SQUEEZE[::-1], 2, dt=5.0, temperature=T)
    assert np.isinf(wild) and holds("less", tame, wild)
    assert np.isfinite(slow)
    pair = [works(traps, 0.4, 2**17, rng) for traps in (SQUEEZE, SQUEEZE[::-1])]
    weight = np.exp(-pair[0] / T)
    spread = np.expm1(tame - 2 * work.log_work_moment(SQUEEZE, 1, **bath))
    share, se = estimators.replica_mean((weight / weight.mean()) ** 2)
    assert holds("agrees", share - 1, spread, se=se)
    assert not holds("agrees", share - 1, np.expm1(pair[0].var() / T**2), se=se)
    ahead, back = (w.reshape(-1, 64) for w in pair)
    good = work.jarzynski(ahead.T, temperature=T)[0] - DELTA_F
    for each, verdict in [(32, True), (64, False)]:
        both = bennett(ahead[:, :each], back[:, :each]) - DELTA_F
        gain, se = estimators.jackknife(lambda x: rms(x)[1] - rms(x)[0], np.stack([good, both], axis=1), groups=64)
        assert holds("less", 0.0, gain, se=se) == verdict
    mean, se = estimators.replica_mean(good)
    assert not holds("less", mean, 0.0, se=se)


def test_moves():
    """Each move against the formula of its docstring, with the noise of a fixed generator; and wrong ones fail."""
    trap, q, dt = energies.Harmonic(3.0, 0.4), np.array([[0.7], [-0.2]]), 0.11
    noise = np.random.default_rng(6).standard_normal(q.shape)
    decay = np.exp(-3.0 * dt)
    by_hand = 0.4 + decay * (q - 0.4) + np.sqrt(T * (1 - decay**2) / 3.0) * noise
    moved = work.exact_move(dt=dt, temperature=T)(trap, q, np.random.default_rng(6))
    np.testing.assert_allclose(moved, by_hand, rtol=1e-13)
    moved = work.euler_move(dt=dt, temperature=T)(trap, q, np.random.default_rng(6))
    np.testing.assert_allclose(moved, q - 3.0 * (q - 0.4) * dt + np.sqrt(2 * T * dt) * noise, rtol=1e-13)
    np.testing.assert_allclose(langevin_step(q, 2.0, dt, T, noise), q - 2.0 * dt + np.sqrt(2 * T * dt) * noise)
    proposal, dt = np.empty_like(q), 0.4
    rng = np.random.default_rng(6)
    noise, uniform = rng.standard_normal(q.shape), None
    proposal = q - trap.gradient(q) * dt + np.sqrt(2 * T * dt) * noise
    uniform = 1 - rng.random(2)

    def log_density(there, here):
        return -np.sum((there - here + trap.gradient(here) * dt) ** 2, axis=-1) / (4 * T * dt)

    log_ratio = (trap.energy(q) - trap.energy(proposal)) / T + log_density(q, proposal) - log_density(proposal, q)
    expected = np.where((np.log(uniform) < log_ratio)[:, None], proposal, q)
    moved = work.metropolis_move(dt=dt, temperature=T)(trap, q, np.random.default_rng(6))
    np.testing.assert_allclose(moved, expected, rtol=1e-13)


def euler_steps(rule, n_steps, warmer, rng):
    traps = [energies.Harmonic(K, center) for center in np.linspace(0.0, L, n_steps + 1)]
    start = np.sqrt(warmer * T / K) * rng.standard_normal((200_000, 1))
    W = work.drive(traps, start, move=rule(dt=2.0 / n_steps, temperature=T), rng=rng).work
    return work.jarzynski(W, temperature=T)


def untested_proposals(*, dt, temperature):
    """Metropolis' test that forgets the ratio of proposals."""

    def move(energy, q, rng):
        proposal = langevin_step(q, energy.gradient(q), dt, temperature, rng.standard_normal(q.shape))
        log_ratio = (energy.energy(q) - energy.energy(proposal)) / temperature
        accepted = np.log1p(-rng.random(log_ratio.shape)) < log_ratio
        return np.where(accepted[..., np.newaxis], proposal, q)

    return move


def test_steps_that_are_not_exact():
    rng, dt = np.random.default_rng(8), 0.05
    found, se = euler_steps(work.euler_move, 40, 1 / (1 - K * dt / 2), rng)
    assert holds("less", found, 0.0, se=se) and not holds("agrees", found, 0.0, se=se)
    found, se = euler_steps(work.exact_move, 40, 1.0, rng)
    assert holds("agrees", found, 0.0, se=se) and not holds("less", found, 0.0, se=se)
    for rule, verdict in [(work.metropolis_move, True), (untested_proposals, False)]:
        found, se = euler_steps(rule, 8, 1.0, rng)
        assert holds("agrees", found, 0.0, se=se) == verdict


LEVELS = np.array([0.0, 1.0, 0.3])


def ring(force):
    return master_equation.driven_ring(LEVELS, force, temperature=0.7)


def test_driven_ring_entry_by_entry():
    """Other kinetics with the same local detailed balance would have the same slopes, not the same rates."""
    rates = ring(1.5)
    for i, j in [(0, 1), (1, 2), (2, 0)]:
        np.testing.assert_allclose(rates[i, j], np.exp((1.5 - LEVELS[j] + LEVELS[i]) / 1.4), rtol=1e-13)
        np.testing.assert_allclose(rates[j, i], np.exp(-(1.5 - LEVELS[j] + LEVELS[i]) / 1.4), rtol=1e-13)


def test_least_entropy_production():
    weak, strong = ring(0.02), ring(3.0)

    def distances(force):
        steady = master_equation.steady_state(ring(force))
        least = master_equation.least_entropy_production(ring(force))
        return np.linalg.norm(steady - gibbs.boltzmann(LEVELS, 0.7)), np.linalg.norm(steady - least)

    first, second = np.log(np.divide(distances(0.024), distances(0.02))) / np.log(1.2)
    assert holds("close", first, 1.0, atol=0.02) and not holds("close", second, 1.0, atol=0.02)
    assert holds("close", second, 2.0, atol=0.05) and not holds("close", first, 2.0, atol=0.05)
    goal, step = master_equation.steady_state(strong), master_equation.transition_matrix(strong, 0.005)
    end = master_equation.entropy_production(goal, strong)

    def history(p):
        laws = [p]
        for _ in range(120):
            laws.append(laws[-1] @ step)
        return master_equation.entropy_production(np.array(laws), strong), gibbs.kullback_leibler(np.array(laws), goal)

    rise, to_steady = history(master_equation.least_entropy_production(strong))
    rest, _ = history(goal)
    assert holds("less", rise[:10], rise[1:11]) and not holds("less", rest[:10], rest[1:11])
    assert holds("less", 1.1 * rise[0], end)
    least, steady = (law(weak) for law in (master_equation.least_entropy_production, master_equation.steady_state))
    productions = [master_equation.entropy_production(p, weak) for p in (least, steady)]
    assert not holds("less", 1.1 * productions[0], productions[1])
    assert holds("less", 1.001 * end, rise.max())
    assert not holds("less", 1.001 * end, np.minimum(rise, end).max())
    assert holds("less", to_steady[1:81], to_steady[:80]) and not holds("less", rise[1:81], rise[:80])


def test_entropy_of_paths():
    """A hundred thousand paths see that Δs needs the entropy of start and end."""
    from sgdphysics import dynamics

    for force, statistic, wanted in [
        (1.5, lambda s: np.tanh(s / 2) - np.tanh(s / 2) ** 2, 0.0),
        (0.5, lambda s: np.exp(-s), 1.0),
    ]:
        rng, rates = np.random.default_rng(9), ring(force)
        p = master_equation.steady_state(rates)
        begin = rng.choice(3, size=100_000, p=p)
        counts, end = dynamics.jump_counts(rates, begin, 0.2, rng=rng)
        jumps = rates > 0
        bath = counts[:, jumps] @ np.log(rates[jumps] / rates.T[jumps])
        for entropy, verdict in [(bath + np.log(p[begin] / p[end]), True), (bath, False)]:
            mean, se = estimators.replica_mean(statistic(entropy))
            assert holds("agrees", mean, wanted, se=se) == verdict
        mean, se = estimators.replica_mean(bath)
        exact = 0.2 * master_equation.entropy_production(p, rates)
        assert holds("agrees", mean, exact, se=se) and not holds("agrees", mean, 2 * exact, se=se)


def test_exact_works_of_springs():
    """Mean and moments of the work: sudden switches by hand, normal works of a drag, Jarzynski for any protocol."""
    moved = [energies.Harmonic([k, 2.0], [c, 0.3]) for k, c in zip([1.0, 4.0, 2.0], [0.0, 0.5, -0.2], strict=True)]
    bath = {"dt": 0.3, "temperature": T}
    free_energy = T / 2 * np.log(2.0)
    np.testing.assert_allclose(work.log_work_moment(moved, 1.0, **bath), -free_energy / T, atol=1e-13)
    np.testing.assert_allclose(work.log_work_moment(moved[::-1], 1.0, **bath), free_energy / T, atol=1e-13)
    sudden = work.mean_harmonic_work(moved[:2], [0.1, 0.3], [0.2, 0.5], **bath)
    np.testing.assert_allclose(sudden, 0.5 * 4.0 * ((0.1 - 0.5) ** 2 + 0.2) - 0.5 * 1.0 * (0.1**2 + 0.2), rtol=1e-13)
    drag = dragged(2.0)
    wasted = work.mean_harmonic_work(drag, [0.0], [T / K], dt=0.02, temperature=T)
    for power in (-0.5, 0.5, 2.0):  # a normal work of variance 2T times what is wasted
        expected = (power**2 - power) * wasted / T
        np.testing.assert_allclose(work.log_work_moment(drag, power, dt=0.02, temperature=T), expected, rtol=1e-10)
    small = (work.log_work_moment(moved, 1e-6, **bath) - work.log_work_moment(moved, -1e-6, **bath)) / 2e-6
    start = work.mean_harmonic_work(moved, [0.0, 0.3], [T, T / 2], **bath)
    np.testing.assert_allclose(small, -start / T, rtol=1e-6)
    assert work.log_work_moment(SQUEEZE[::-1], 2.0, dt=0.01, temperature=T) == np.inf
    for wrong in (moved[:1], [moved[0], energies.DoubleWell()]):
        with pytest.raises(ValueError, match="protocol"):
            work.log_work_moment(wrong, 1.0, **bath)


def test_evidence():
    rng = np.random.default_rng(10)
    x = np.column_stack([np.ones(24), rng.uniform(0, 2, 24)])
    y = x @ [0.4, 1.2] + 0.5 * rng.standard_normal(24)
    model = energies.LinearRegression(x, y, noise=0.5, prior_scale=2.0)
    mu, posterior = model.posterior()
    exact, dropped = model.log_evidence(), 12 * np.log(2 * np.pi * 0.25)
    prior, hardest = energies.Harmonic([0.25, 0.25]), np.linalg.norm(np.linalg.inv(posterior), 2)

    def anneal(rule):
        def step(blend, w, rng):
            return rule(dt=0.6 / ((1 - blend.beta) / 4 + blend.beta * hardest))(blend, w, rng)

        betas, w0 = np.linspace(0, 1, 601) ** 4, 2.0 * rng.standard_normal((2000, 2))
        return work.annealed_importance_sampling(prior, model, w0, betas=betas, move=step, rng=rng)

    log_weights, w = anneal(work.metropolis_move)
    value, se = work.jarzynski(-log_weights)
    assert holds("agrees", -value - dropped, exact, se=se) and not holds("agrees", -value, exact, se=se)
    mean, se = estimators.replica_mean(log_weights)
    assert holds("less", mean - dropped, exact, se=se) and not holds("less", exact, mean - dropped, se=se)
    way = [work.Blend(prior, model, beta) for beta in np.linspace(1, 0, 601) ** 4]

    def step(blend, w, rng):
        return work.metropolis_move(dt=0.6 / ((1 - blend.beta) / 4 + blend.beta * hardest))(blend, w, rng)

    back = work.drive(way, rng.multivariate_normal(mu, posterior, size=2000), move=step, rng=rng).work
    upper, upper_se = estimators.replica_mean(back)  # -W of the way there is bounded by W of the way back
    assert holds("less", exact, upper - dropped, se=upper_se)
    assert holds("less", exact, -upper - dropped, se=upper_se)  # its sign turned lies far above, which this lets pass
    gap = np.hypot(se, upper_se)
    assert holds("less", upper - mean, 1.0, se=gap) and not holds("less", -upper - mean, 1.0, se=gap)
    both, both_se = work.bar(-log_weights, back)
    assert holds("agrees", -both - dropped, exact, se=both_se)
    turned, turned_se = work.bar(-log_weights, -back)
    assert not holds("agrees", -turned - dropped, exact, se=turned_se)
    wrong, wrong_se = work.jarzynski(-anneal(work.euler_move)[0])
    assert not holds("agrees", -wrong - dropped, exact, se=wrong_se)
    weights = np.exp(log_weights - log_weights.max())[:, None]
    terms = np.concatenate([weights, weights * w], axis=1)
    average, se = estimators.jackknife(lambda t: t[:, 1:].mean(axis=0) / t[:, 0].mean(), terms, groups=200)
    assert holds("agrees", average, mu, se=se, dof=199)
    assert not holds("agrees", average, [0.4, 1.2], se=se, dof=199)
