"""Interpolate: the fit of least norm through twelve points by ever more features, and the exact law of its error."""

import numpy as np
from matplotlib.figure import Figure
from scipy import stats
from scipy.optimize import brentq

from sgdphysics import plots
from sgdphysics.widgets.live import Button, Choice, Live, Slider

CASES, MOST = 12, 40
NOISES = (0.0, 0.1, 0.5)
LEVELS = (0.1, 0.5, 0.9)
TRUTH = np.sqrt(1 / np.arange(1, MOST + 1) / np.sum(1 / np.arange(1, MOST + 1)))
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)


def interpolate():
    """Interpolate: double descent, with the fit drawn; exact median, quantiles and mean of the error.

    >>> figure = interpolate()
    >>> figure.set(features=12, noise=0)  # as many features as points: the peak, even without noise
    >>> figure
    <Live figure interpolate: features=12, noise=0>
    """
    features, noise = 12, 1
    data = {"noises": NOISES, "laws": [[quantiles(p, one) for p in range(1, MOST + 1)] for one in NOISES]}
    return Live(
        "interpolate",
        controls=[
            Slider("features", "Features <i>p</i>", 1, MOST, 1, features),
            Choice("noise", "Noise <i>σ</i>²", NOISES, noise),
            Button("again", "New points"),
        ],
        picture=_interpolate_picture(features, noise, data["laws"]),
        alt="Left: a curve through all twelve points that swings far beyond them and beyond the smooth truth. Right: "
        "on a logarithmic scale, the error at new places is low near two features, has a sharp peak at twelve and "
        "falls again, at forty a little below where it was at two; dots of one draw lie in a band about the median.",
        caption="<b>Interpolate.</b> From <i>p</i> = <i>n</i> = 12 on the fit passes through every point. With just as "
        "many features as points there is one such fit, wild in most draws; with more there are many, and that of "
        "least norm is calm again. The laws of the error are exact, for features that are independent normal numbers "
        "at every point; next to <i>p</i> = <i>n</i> its mean is infinite.",
        data=data,
        tall=420,
        moves=False,
        guess=(
            "Take the noise away. Is the peak at <i>p</i> = <i>n</i> gone?",
            "No: what the first twelve features leave out of the truth acts as noise. Only with all forty would there "
            "be none.",
        ),
    )


def missed(p):
    """Squared weight of the truth that p features leave out.

    >>> print(round(missed(0), 6), missed(40))
    1.0 0.0
    """
    return float(np.sum(TRUTH[p:] ** 2))


def quantiles(p, noise):
    """10, 50 and 90 % of |ŵ - w|² over all draws of features and noise, three floats.

    With B what is left out, A = 1 - B and s² = σ² + B: below p = n + 1 it is B + s² χ²(p)/χ²(n - p + 1); above,
    B + A Beta((p - n)/2, n/2) + s² χ²(n)/χ²(p - n + 1), its three laws independent: the row space of a Gaussian matrix
    does not know the singular values.

    >>> quantiles(12, 0.1)[1] > 5 * quantiles(2, 0.1)[1]  # the peak
    True
    """
    lost, heat = missed(p), noise + missed(p)
    few, many = min(p, CASES), max(p, CASES)
    ratio = stats.f(few, many - few + 1)
    size = heat * few / (many - few + 1)
    if p <= CASES:
        return [float(lost + size * ratio.ppf(level)) for level in LEVELS]
    part = (1 - lost) * stats.beta((p - CASES) / 2, CASES / 2).ppf((1 + _NODES) / 2)
    if heat == 0:
        return [float(stats.beta((p - CASES) / 2, CASES / 2).ppf(level)) for level in LEVELS]

    def beyond(x, level):
        return _WEIGHTS @ ratio.cdf((x - part) / size) / 2 - level

    return [float(lost + brentq(beyond, 0.0, 1 + 200 * size, args=(level,), xtol=1e-10)) for level in LEVELS]


def mean(p, noise):
    """Mean of |ŵ - w|² over all draws of features and noise: a float, infinite for |p - n| < 2.

    >>> print(mean(12, 0.1), round(mean(40, 0.0), 6))  # 1 - n/p where all features are there
    inf 0.7
    """
    lost, gap = missed(p), abs(p - CASES) - 1
    if gap < 1:
        return np.inf
    return lost + (1 - lost) * max(0.0, 1 - CASES / p) + (noise + lost) * min(p, CASES) / gap


def features_at(knots, places):
    """(MOST, m) features at places (m,) from 0.5 to 12.5, of knots (MOST, 25); as in interpolate.js.

    >>> knots = np.random.default_rng(0).standard_normal((40, 25))
    >>> print(np.allclose(features_at(knots, np.array([1.0, 12.0])), knots[:, [1, 23]]))  # knots are half a place apart
    True
    """
    j = np.minimum(np.floor(2 * places).astype(int) - 1, 2 * CASES - 1)
    s = 2 * places - 1 - j
    turn = np.pi / 2 * s**2 * (3 - 2 * s)
    return np.cos(turn) * knots[:, j] + np.sin(turn) * knots[:, j + 1]


def _interpolate_picture(features, noise, laws):
    rng, ps = np.random.default_rng(4), np.arange(1, MOST + 1)
    knots = rng.standard_normal((MOST, 2 * CASES + 1))
    rows = knots[:, 1::2].T
    y = rows @ TRUTH + np.sqrt(NOISES[noise]) * rng.standard_normal(CASES)
    fits = [np.linalg.lstsq(rows[:, :p], y, rcond=None)[0] for p in ps]
    errors = [missed(p) + np.sum((fit - TRUTH[:p]) ** 2) for p, fit in zip(ps, fits, strict=True)]
    places = np.linspace(0.5, CASES + 0.5, 289)
    phi, law = features_at(knots, places), np.array(laws[noise])
    with plots.styled():
        figure = Figure(figsize=(8, 4.2))
        left, right = figure.subplots(1, 2)
        plots.theory(left, places, TRUTH @ phi)
        left.plot(places, fits[features - 1] @ phi[:features], color=plots.COLORS["simulation"])
        left.plot(np.arange(1, CASES + 1), y, "o", color="black", ms=6)
        left.set(title=f"{features} features, {CASES} points", xlabel="place", ylim=(-4, 4))
        right.fill_between(ps, law[:, 0], law[:, 2], color=plots.COLORS["theory"], alpha=0.25)
        plots.theory(right, ps, law[:, 1])
        for some in (ps[: CASES - 2], ps[CASES + 1 :]):
            plots.theory(right, some, [mean(p, NOISES[noise]) for p in some], ls="--", lw=1.2)
        plots.simulation(right, ps, errors, ms=3)
        plots.simulation(right, [features], [errors[features - 1]], ms=9)
        right.axvline(CASES, color=plots.COLORS["neutral"], ls=":")
        right.set(title="Error at new places", xlabel=f"features p; n = {CASES} points", yscale="log", ylim=(0.2, 100))
        right.set(xticks=[1, 12, 20, 30, 40], yticks=[0.3, 1, 3, 10, 30, 100], yticklabels=["0.3", 1, 3, 10, 30, 100])
        right.minorticks_off()
        plots.name(right, 17, 60, "median, 80 % of draws", color=plots.COLORS["theory"])
        plots.name(right, 17, 38, "dashed: mean", color=plots.COLORS["theory"])
    return figure
