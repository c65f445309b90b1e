"""Claims of the first chapter reject the wrong methods that they name.

A cell of claims is run as it stands in the notebook, with what it judges replaced: by draws from a wrong law, or by a
wrong formula. Where the right thing is cheap it is run first, and must pass.
"""

from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from conftest import ROOT
from scipy import integrate, ndimage, optimize, special

from sgdphysics import dynamics, energies, estimators
from sgdphysics.claims import Claims, rng
from sgdphysics.exact import gibbs, onsager, transfer_matrix
from sgdphysics.kernel import affordable
from sgdphysics.lattice import LatticeGas, exchange_probability

CELLS = [
    cell.source
    for cell in nbformat.read(ROOT / "chapters" / "thermodynamics.ipynb", as_version=4).cells
    if cell.cell_type == "code"
]
NUMBERS = np.random.default_rng(2024)


def cell(text):
    """The one code cell that holds ``text``."""
    (found,) = [source for source in CELLS if text in source]
    return found


def names():
    package = {"dynamics": dynamics, "energies": energies, "estimators": estimators, "gibbs": gibbs}
    package |= {"onsager": onsager, "transfer_matrix": transfer_matrix, "LatticeGas": LatticeGas}
    package |= {"exchange_probability": exchange_probability, "rng": rng, "claims": Claims("thermodynamics")}
    package |= {"affordable": affordable}
    package |= {"integrate": integrate, "ndimage": ndimage, "optimize": optimize, "special": special}
    return {"np": np, **package}


def run(*texts, **given):
    """The names that are defined after the cells that hold ``texts`` ran with the names ``given``."""
    space = names() | given
    for text in texts:
        exec(cell(text), space)
    return space


def rejected(text, claim, space, **wrong):
    """The claims in the cell that holds ``text`` must fail at ``claim`` when ``wrong`` replaces what is right."""
    space = space | wrong | {"claims": Claims("thermodynamics")}
    with pytest.raises(AssertionError, match=claim):
        exec(cell(text), space)


def edited(text, *changes, **given):
    """As `run` of one cell, with pieces of its source replaced."""
    source, space = cell(text), names() | given
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    exec(source, space)
    return space


def failures(text, space):
    """The names of all the claims that fail in the cell that holds ``text``."""
    failed = []

    class Judge(Claims):
        def _enter(self, name, *args, **kwargs):
            try:
                super()._enter(name, *args, **kwargs)
            except AssertionError:
                failed.append(name)

    exec(cell(text), space | {"claims": Judge("thermodynamics")})
    return " ".join(failed)


def swapped(module, **functions):
    """The names of a module, some of them replaced."""
    return SimpleNamespace(**vars(module) | functions)


# --- the pot of water


def test_opening_pots_reject_a_short_run_and_what_was_only_shaken():
    text = "Shaken pots and slabs end at the same height"
    short = edited("kettle = LatticeGas", ("10_000", "2_500"))
    pot, temperature = short["kettle"], short["temperature"]
    slabs = pot.sweep(pot.slab(480, pots=temperature.shape), 3000, temperature=temperature, rng=NUMBERS)
    short["kettle"] = SimpleNamespace(slab=pot.slab, sweep=lambda *_, **__: slabs, mean_height=pot.mean_height)
    exec(cell(text), short | {"water": slabs})
    assert "same height" in failures(text, short)
    rejected(text, "Hotter pots", short, water=short["start"])
    twice = short["water"].copy()
    twice[0, 0].flat[twice[0, 0].argmin()] = 1
    rejected(text, "No molecule", short, water=twice)


QUICK = ("8000", "400"), ("20_000", "1000")


@pytest.mark.parametrize(
    ("claim", "changes"),
    [
        ("as often as chance", (*QUICK, ('"neither", 0.0,', '"neither", 0.25,'))),
        ("more than twice", (*QUICK, ('"attraction alone", 1.0, 0.0', '"attraction alone", 0.0, 0.05'))),
        (
            "floor and lid",
            (QUICK[0], ("20_000", "4000"), ('"attraction alone", 1.0, 0.0', '"attraction alone", 1.0, 0.01')),
        ),
        ("lie lower", (*QUICK, ('"gravity alone", 0.0, 0.05', '"gravity alone", 0.0, 0.0'))),
        ("one drop", QUICK),
        ("one drop", (*QUICK, ('"attraction alone", 1.0,', '"attraction alone", 0.3,'))),
    ],
)
def test_four_pots_reject_what_is_left_on_or_off(claim, changes):
    """A run too short for drops to merge is long enough for all that the other claims see."""

    space = edited('"attraction alone", 1.0, 0.0', *changes)
    exec(cell("def largest_drop"), space)
    assert claim in failures("Without attraction they touch as often", space)


def test_boiling_rejects_the_pot_without_gravity_and_a_short_run():
    text = "With gravity a pool still lies there"
    short = edited("burner = np.array", ("25_000", "1250"), ("burner, 3000", "burner, 200"), ("range(40)", "range(4)"))
    exec(cell("gap = (rows"), short)
    rejected(text, "nothing of the pool is left", short)
    pull, se = short["contrast"][0.05]
    order = onsager.order_parameter(short["burner"])
    for claim, without in [
        ("a pool still lies there", order),
        ("fades slowly", np.where(order + pull > 0.9, pull, 0.9)),
    ]:
        wrong = {0.05: (without, se), 0.0: short["contrast"][0.0]}
        rejected(text, claim, short, contrast=wrong)


def test_counted_vapour_rejects_other_exponents_and_temperatures():
    space = run('"In the cold the vapour can be counted"')

    def densities(exponent, factor=1.0):
        def wrong(temperature):
            m = (1 - np.sinh(0.5 / (factor * temperature)) ** -4.0) ** exponent
            return (1 - m) / 2, (1 + m) / 2

        return swapped(onsager, coexisting_densities=wrong)

    for wrong in (densities(0.130), densities(1 / 9), densities(1 / 7), densities(1 / 8, factor=1.01)):
        rejected("In the cold the vapour", "In the cold the vapour", space, onsager=wrong)


def test_exponent_and_energy_reject_what_is_not_onsagers():
    """Slabs as exact as they can be, with the scatter that was seen."""
    temperature = np.array([0.42, 0.46, 0.5])
    thin, dense = onsager.coexisting_densities(temperature)
    scatter = np.array([0.0019, 0.0040, 0.0100])[:, None] * NUMBERS.standard_normal((2, 3, 24))
    space = {"thin": thin, "dense": dense, "coexisting": temperature, "slabs": 24}
    space |= {"vapour": thin[:, None] + scatter[0], "liquid": dense[:, None] + scatter[1]}
    space["energy_1944"] = np.transpose([onsager.spin_correlation(temperature), [4e-4, 6e-4, 1e-3]])
    space |= {"exponent": np.full(3, 0.125), "exponent_se": np.array([0.0032, 0.0036, 0.0044])}
    space = run('"Onsager\'s energy of 1944"', **space)
    for wrong in (1 / 7, 1 / 10):
        rejected("The exponent is one eighth", "exponent", space, exponent=np.full(3, wrong))
    off = space["energy_1944"] + np.transpose([onsager.spin_correlation(1.01 * temperature), np.zeros(3)])
    off[:, 0] -= onsager.spin_correlation(temperature)
    rejected("Onsager's energy of 1944", "energy of 1944", space, energy_1944=off)
    hot = onsager.coexisting_densities(1.05 * temperature)
    rejected("Onsager's energy of 1944", "vapour density", space, vapour=hot[0][:, None] + scatter[0])


def test_small_pot_rejects_a_temperature_off_and_another_rule():
    right = run("small = LatticeGas")
    level, member = np.unique(right["state_energy"].round(9), return_inverse=True)[:2]
    right |= {
        "share": np.array([np.bincount(member, p) for p in right["expected"]]),
        "appear": np.array([np.bincount(member, count) for count in right["counts"]]),
    }
    exec(cell("Mean energy in the small pot"), right)
    hot = gibbs.boltzmann(right["state_energy"], 1.03 * right["two_temperatures"])
    counts = np.array([NUMBERS.multinomial(right["pots"], p) for p in hot])
    appear = np.array([np.bincount(member, count) for count in counts])
    rejected("Mean energy in the small pot", "Mean energy", right, counts=counts)
    rejected("Mean energy in the small pot", "Each energy", right, counts=counts, appear=appear)

    exec(cell("unbalanced.append"), right)
    exec(cell("Detailed balance in the small pot"), right)
    wrong = {"exchange_probability": lambda change, t: np.minimum(0.5, np.exp(-change / t))}
    space = right | wrong
    exec(cell("unbalanced.append"), space)
    rejected("Detailed balance in the small pot", "Detailed balance", space)


def test_air_rejects_weak_gravity_and_no_exclusion():
    air = LatticeGas(height=24, width=32, coupling=0.0, gravity=0.1)
    space = {"air": air, "air_t": 0.7, "replicas": 200}
    right = run("def arrangements", "def fermi", **space)
    exact = right["exact_density"]
    right |= {"density": exact, "density_se": np.full(24, 9e-4)}
    exec(cell("The barometric law fits this pot"), right)
    weak = run("def arrangements", "def fermi", **space | {"air": LatticeGas(24, 32, coupling=0.0, gravity=0.095)})
    rejected("The barometric law fits", "as counted", right, density=weak["exact_density"])
    bare = np.exp(-air.gravity * right["y"] / 0.7)
    bare *= 200 / 32 / bare.sum()
    rejected("The barometric law fits", "as counted", right, density=bare)
    rejected("The barometric law fits", "fits this pot", right, fermi=lambda mu: bare)


# --- heating


@pytest.fixture(scope="module")
def heated():
    space = run("inverse = np.linspace", "def law_above", "rested = integrate.simpson")
    for text in ("Mean energy at every temperature", "Pots at rest know", "The pot chooses k"):
        exec(cell(text), space)
    return space


def test_heat_rejects_a_wrong_power_of_temperature(heated):
    grid = heated["grid"][:, None]
    wrong = integrate.simpson(heated["variance"] * grid, x=heated["inverse"], axis=0)  # Var/T: Var dT/T = T Var d(1/T)
    rejected("Pots at rest know", "Pots at rest", heated, rested=wrong)
    rejected("Pots at rest know", "Pots at rest", heated, rested=0.9 * heated["rested"])


def test_heated_pots_reject_other_temperatures_couplings_and_gravities(heated):
    pot, grid, n = heated["pot"], heated["grid"], heated["molecules"]
    strong = LatticeGas(10, 8, coupling=1.03, gravity=0.05)
    weak = LatticeGas(10, 8, gravity=0.0375)
    for wrong in (
        transfer_matrix.mean_energy(pot, n, 1.05 * grid),
        transfer_matrix.mean_energy(strong, n, grid),
    ):
        other = swapped(transfer_matrix, mean_energy=lambda *_, wrong=wrong: wrong)
        rejected("Mean energy at every", "Mean energy", heated, transfer_matrix=other)

    def law(t):
        return special.softmax(transfer_matrix.log_weights_above(weak, n, t, row=5))

    rejected("Mean energy at every", "upper half", heated, law_above=law)


def test_evaporation_rejects_other_gravities_and_a_missing_temperature(heated):
    light = LatticeGas(10, 8, gravity=0.0375)

    def of_light(t):
        return special.softmax(transfer_matrix.log_weights_above(light, 24, t, row=5))

    def without_t(t):  # F_k = E_k - S_k, the entropy at the price of one
        h = 1e-4
        up, down = (transfer_matrix.log_weights_above(heated["pot"], 24, t * (1 + sign * h), row=5) for sign in (1, -1))
        energy = t * (up - down) / (2 * h)
        entropy = transfer_matrix.log_weights_above(heated["pot"], 24, t, row=5) + energy / t
        return special.softmax(-(energy - entropy) / t)

    for wrong in (of_light, without_t):
        rejected("The pot chooses k", "The pot chooses", heated, law_above=wrong)


# --- the entropic force, the knob


def test_counting_rejects_wrong_forms():
    space = run("kl_form = ", "halves = ", "The KL form holds")
    N, f = space["N"], space["f"]
    rejected("The KL form holds", "KL form", space, kl_form=-N * space["kl"])
    narrow = -2 * N * (f - 0.5) ** 2 * 1.04 - 0.5 * np.log(np.pi * N / 2)
    rejected("The KL form holds", "to 3%", space, gaussian=narrow)
    bent = np.where(f == 0.95, space["kl_form"], space["gaussian"])
    rejected("The KL form holds", "in the tail", space, gaussian=bent)
    rejected("The KL form holds", "1/4N", space, spread=space["spread"] * 4 / 3)
    shared = swapped(special, comb=lambda v, n: float(v) ** n)
    rejected("One more site has", "One more site", run("few = 60"), special=shared)


def test_chain_rejects_a_gaussian_chain_and_a_wrong_temperature():
    space = run("def pull", "anchors = np.array", "A chain without energy pulls")
    for t in (1.03 * space["chain_temperature"][:, None], space["chain_temperature"][:, None] * 0 + 1):
        off = t / space["chain_temperature"][:, None] * space["force"]
        rejected("A chain without", "A chain without energy", space, force=off)
    flat = space["chain_temperature"][:, None] * space["extension"] / space["links"]
    rejected("A chain without", "A chain without energy", space, force=flat)
    bent = swapped(np, arctanh=lambda x: x)
    rejected("A chain without", "T dS/dx", space, np=bent)


def test_knob_rejects_what_is_not_boltzmann():
    space = run("as_warm = gibbs.tilted", "All have the energy asked for", "F is stationary")
    text, p_T, T = "All have the energy asked for", space["p_T"], space["T"]
    levels, as_they_were = space["levels"], space["anything"]
    turned_round = swapped(gibbs, kullback_leibler=lambda p, q: gibbs.kullback_leibler(np.broadcast_to(q, p.shape), p))
    rejected(text, "F.p. - F", space, gibbs=turned_round)
    rejected(text, "All have", space, as_warm=as_they_were)
    missing = gibbs.entropy(p_T) - gibbs.entropy(as_they_were)
    rejected(text, "At equal energy", space, missing=missing)
    rejected(text, "softmax", space, special=swapped(special, softmax=lambda x: special.softmax(x * T**2)))
    assert missing.min() < 0  # untilted, some have more entropy
    rejected("F is stationary", "F is stationary", space, p_T=gibbs.boltzmann(levels, 1.01 * T))
    other_sign = swapped(gibbs, entropy=lambda p: -gibbs.entropy(p))
    rejected(
        "F is stationary", "slope of F", space | {"p_T": p_T}, gibbs=swapped(other_sign, free_energy=gibbs.free_energy)
    )


# --- the first bridge: draws from a law in place of the run


def draws(law, q, shape):
    return q[:, 0][np.searchsorted(np.cumsum(law), NUMBERS.random(shape) * law.sum())][..., None]


def test_double_well_rejects_boltzmann_itself_and_heat():
    well, step, baths = energies.DoubleWell(1.0), 0.02, np.array([0.5, 1.0, 2.0])
    space = run("def law_of_step", well=well, step=step, baths=baths)
    q, law = space["q"], space["law_of_step"]

    def judged(laws, text, claim=None):
        settled = np.stack([draws(p, q, (40, 4000)) for p in laws], axis=1)
        here = space | {"settled": settled, "claims": Claims("thermodynamics")}
        exec(cell("pull_back ="), here)
        if claim:
            rejected(text, claim, here)
        else:
            exec(cell(text), here)
            return here
        return None

    right = judged([law(t) for t in baths], "Half of them have crossed")
    exec(cell("The virial reads"), right)
    judged([gibbs.boltzmann(well.energy(q), t) for t in baths], "Half of them have crossed", "obey the law of the step")
    rejected("The virial reads", "The virial", right, extra=np.zeros_like(right["extra"]))
    rejected("The virial reads", "The virial", right, virial=1.06 * right["virial"])
    as_parabola = np.outer(baths / 2, np.full(len(q), 1 / well.energy(q).sum()))  # a "law" whose mean energy is T/2
    rejected("The virial reads", "Twice the energy", right, in_law=as_parabola)
    wrong_kick = [law(t / 2) for t in baths]
    assert (np.abs(np.array(wrong_kick) @ q[:, 0] ** 2 / (right["in_heat"] @ q[:, 0] ** 2) - 1) > 0.03).any()


def test_regression_rejects_the_posterior_itself_and_heat():
    source = cell('data = rng("regression")').split("dt = ")[0]
    space = names()
    exec(source, space)
    space["dt"] = dt = 4e-4
    exec(cell("axes_of = np.linalg.eigh(posterior)").split("along =")[0], space)

    def along(variances):
        normal = NUMBERS.standard_normal((20, 2, 3000, 2))
        return normal * np.sqrt(np.array([1.0, 0.25])[:, None, None] * variances)

    widths, text = space["widths"], "Widths of the cloud at both temperatures"
    of_step = np.linalg.eigvalsh(space["of_step"])
    exec(cell(text), space | {"along": along(of_step)})
    rejected(text, "Widths", space, along=along(widths))
    rejected(text, "Widths", space, along=along(1.06 * of_step))
    tight = energies.LinearRegression(space["design"], space["y_cases"], noise=0.5, prior_scale=1.0).posterior()[0]
    shift = (tight - space["w_mean"]) @ space["axes_of"]
    rejected(text, "posterior mean", space, along=along(of_step) + shift)
    turned = along(of_step) / np.sqrt(of_step)
    turned[..., 1] += 0.1 * turned[..., 0]
    rejected(text, "axes", space, along=turned / np.array([1.0, np.sqrt(1.01)]) * np.sqrt(of_step))
    twice = space["posterior"] @ np.linalg.inv(np.eye(2) - dt * np.linalg.inv(space["posterior"]))
    rejected(text, "The law of the step is", space | {"along": along(np.linalg.eigvalsh(twice))}, of_step=twice)


def regression():
    space = names()
    exec(cell('data = rng("regression")').split("temperature = np")[0], space)
    exec(cell("axes_of = np.linalg.eigh(posterior)").split("along =")[0], space)
    return space


def test_cooling_rejects_other_priors_and_heat():
    text, space = "At T = 0 the particle finds", regression()
    right = edited('still = {"dt"', **space)
    exec(cell(text), right)
    tight = edited('still = {"dt"', ("prior_scale=1e6", "prior_scale=2.0"), **space)
    rejected(text, "finds least squares", tight)
    tighter = edited('still = {"dt"', ("prior_scale=1e6", "prior_scale=0.5"), **space)
    rejected(text, "Distance", right, distance=tighter["distance"])
    hot = edited('still = {"dt"', ('"temperature": temperature', '"temperature": 1.05**2 * temperature'), **space)
    rejected(text, "Distance", right, distance=hot["distance"])
    rejected(text, "Equipartition", right, heat=hot["heat"])
    rejected(text, "Equipartition", right, heat=2 * right["heat"])


def test_mean_loss_rejects_a_forgotten_n_and_one_that_is_off():
    text, space = "E/n at T/n: the same trajectory", regression()
    exec(cell("class MeanLoss"), space)
    right = edited('same = {"q0"', **space)
    exec(cell(text), right)
    forgotten = edited('same = {"q0"', ("1 / n_cases}", "1.0}"), **space)
    rejected(text, "the same trajectory", right, mean_run=forgotten["mean_run"])
    for n_cases in (1, 23, 25):
        rejected(text, "n times the variance", right, n_cases=n_cases)
