"""The stove: a pot of water on a flame."""

import numpy as np
from matplotlib.figure import Figure

from sgdphysics import plots
from sgdphysics.exact import onsager
from sgdphysics.lattice import LatticeGas
from sgdphysics.widgets.live import Button, Live, Slider


def stove():
    """The stove: a lattice gas in a half-full pot, shaken, then left alone at a temperature and gravity to choose.

    >>> figure = stove()
    >>> figure.set(temperature=0.57, gravity=0.0)  # Onsager's critical temperature, 0.5673
    >>> figure
    <Live figure stove: temperature=0.57, gravity=0>
    """
    temperature, gravity = 0.45, 0.02
    gas = LatticeGas(40, 56, gravity=gravity)
    data = {"height": gas.height, "width": gas.width, "molecules": gas.height * gas.width // 2}
    n, traces = from_shaken(gas, data["molecules"], temperature, records=1000)
    return Live(
        "stove",
        controls=[
            Slider("temperature", "Temperature <i>T</i>", 0.2, 1.2, 0.01, temperature),
            Slider("gravity", "Gravity <i>g</i>", 0.0, 0.1, 0.005, gravity),
            Button("shake", "Shake the pot"),
        ],
        picture=_stove_picture(n, traces, temperature),
        alt="A closed pot, half full. Blue water lies at the bottom and a few molecules of vapour hover above it. "
        "Beside it, two curves start from a shaken pot: the shares of sites taken below and above part and reach "
        "the exact densities of water and vapour, and the energy of a molecule falls to its exact value.",
        caption="<b>The stove.</b> Molecules hop to empty neighbouring sites, attract each other and have weight. "
        "Heat the pot: energy wants drops, entropy wants room, and temperature decides between them. "
        "Dashed: Onsager's exact values for an endless pot without gravity, which presses the water a little denser "
        "and thins the vapour.",
        data=data,
        tall=350,
        guess=(
            "Turn the temperature up slowly, by 0.05 at a time. At which value does the surface vanish?",
            "Without gravity at <i>T</i> = 0.567, Onsager's critical temperature, exact for an endless pot. Gravity "
            "keeps the lower half denser above it, without a surface.",
        ),
    )


def from_shaken(gas, n_molecules, temperature, records, sweeps=16):
    """A shaken pot after ``records`` times ``sweeps`` sweeps, and what was measured on the way, shape (3, records).

    >>> from sgdphysics.lattice import LatticeGas
    >>> n, measured = from_shaken(LatticeGas(32, 8), 128, 0.45, records=3)
    >>> print(n.shape, n.sum(), measured.shape)
    (32, 8) 128 (3, 3)
    """
    rng = np.random.default_rng(0)
    n, measured = gas.scattered(n_molecules, rng=rng), []
    for _ in range(records):
        n = gas.sweep(n, sweeps, temperature=temperature, rng=rng)
        measured.append(water_vapour_energy(n))
    return n, np.array(measured).T


def water_vapour_energy(n):
    """Shares of sites taken deep in the water and well above it, energy of a molecule there; as in stove.js.

    >>> from sgdphysics.lattice import LatticeGas
    >>> cold = LatticeGas(40, 56).slab(20 * 56)
    >>> print(*water_vapour_energy(cold))  # all water, no vapour, two bonds a molecule
    1.0 0.0 -2.0
    """
    half = len(n) // 2
    water, above = n[3 : half - 6], n[4 : half - 5]
    bonds = np.sum(water * (np.roll(water, -1, axis=1) + above))
    return water.mean(), n[half + 6 : -1].mean(), -bonds / water.sum()


def _stove_picture(n, traces, temperature):
    with plots.styled():
        figure = Figure(figsize=(7, 3.6))
        left, right = figure.subfigures(1, 2)
        plots.pot(left.subplots(), n)
        top, bottom = right.subplots(2, 1, sharex=True)
        for trace, color, words in zip(traces, ("simulation", "water", "energy"), ("water", "vapour", ""), strict=True):
            axis = bottom if color == "energy" else top
            plots.theory(axis, np.arange(len(trace)), trace, words, color=plots.COLORS[color], lw=1)
        for value in onsager.coexisting_densities(temperature):
            top.axhline(value, color=plots.COLORS["theory"], ls="--")
        bottom.axhline(onsager.liquid_energy(temperature), color=plots.COLORS["theory"], ls="--")
        top.set(title="Share of sites taken", ylim=(-0.02, 1.05), yticks=(0, 0.5, 1))
        bottom.set(title="Energy of a molecule in the water", ylim=(-2.05, -0.95), xticks=(), xlabel="time →")
    return figure
