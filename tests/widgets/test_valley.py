"""The valley in the page against the Python that it mirrors."""

from pathlib import Path

import numpy as np
from node import compare

SCRIPT = Path(__file__).parent / "valley.test.mjs"


def loss(u, v, label):
    return (u * v - label) ** 2 / 2


def gradient(u, v, label):
    """∂(uv - y)²/2 by the complex step, which knows nothing of the formula that the script has."""
    tiny = 1e-30
    return loss(u + tiny * 1j, v, label).imag / tiny, loss(u, v + tiny * 1j, label).imag / tiny


def run(noise, rate, start, n_steps=400):
    """SGD on the loss, the uniform numbers that chose its labels, and the law of the mean imbalance."""
    uniform, places = np.random.default_rng(7).random(n_steps), [(start, 1.01 / start)]
    law = [start**2 - (1.01 / start) ** 2]
    for one in uniform:
        u, v = places[-1]
        up, along = gradient(u, v, 1 + noise * (1 if one >= 0.5 else -1))
        places.append((u - rate * up, v - rate * along))
        law.append(law[-1] * (1 - 2 * (rate * noise) ** 2 / (2 - rate * np.sqrt(law[-1] ** 2 + 4))))
    parameters = {"noise": noise, "rate": rate, "start": start}
    return {"parameters": parameters, "uniform": uniform, "places": places, "law": law}


def test_valley_descends_as_sgd_does_and_its_imbalance_shrinks_exactly(tmp_path):
    runs = [run(*setting) for setting in ((0.5, 0.1, 3.0), (1.0, 0.15, 2.0), (0.2, 0.05, 4.0), (0.0, 0.1, 1.5))]
    assert compare(tmp_path, SCRIPT, {"runs": runs}) == len(runs)


def test_the_answer_to_what_the_figure_asks():
    """At 0.15 without noise a ball at u = 4, of sharpness beyond 2/η, leaves and comes to rest below it."""
    u, v = np.transpose(run(0.0, 0.15, 4.0, n_steps=600)["places"])
    sharpness = u**2 + v**2
    assert sharpness[0] > 2 / 0.15 > sharpness[-1]
    assert abs(u[-1] * v[-1] - 1) < 1e-6
