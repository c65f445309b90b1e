"""The figures' ES modules against the Python that they mirror, in node; and the figures themselves in a browser."""

import json
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from node import run_node
from scipy.integrate import quad

from sgdphysics import dynamics, energies, plots, widgets
from sgdphysics.exact import gibbs, onsager
from sgdphysics.widgets import live
from sgdphysics.widgets.stove import water_vapour_energy

HERE = Path(__file__).parent
FIGURES = ("stove", "knob", "particle")


def compare(tmp_path, script, cases):
    """Give ``cases`` to a node script, which fails where its module does not agree; what it prints."""
    file = tmp_path / "cases.json"
    file.write_text(json.dumps(cases, default=lambda value: np.asarray(value).tolist()), encoding="utf-8")
    return json.loads(run_node(HERE / script, file))


def langevin_run(barrier, dt, temperature, particles=40, n_steps=200):
    """A run of the sampler and the normal numbers that it drew."""
    well, start = energies.DoubleWell(barrier), np.linspace(-1.6, 1.4, particles)[:, None]
    settings = {"dt": dt, "n_steps": n_steps, "temperature": temperature}
    run = dynamics.langevin(well, start, **settings, rng=np.random.default_rng(5))
    normals = np.random.default_rng(5).standard_normal((n_steps, particles))
    known = {"barrier": barrier, "dt": dt, "temperature": temperature, "before": start[:, 0], "normals": normals}
    return known | {"after": run.q[..., 0], "energies": run.energy[-1]}


def exact_density(barrier, temperature):
    """exp(-E/T)/Z of the double well, Z by adaptive quadrature."""
    well = energies.DoubleWell(barrier)

    def weight(q):
        return np.exp(-well.energy(np.asarray(q)[..., None]) / temperature)

    z = quad(weight, -5, 5, points=(-1, 0, 1), epsabs=1e-13, limit=200)[0]
    return lambda q: weight(q) / z


def exact_sample(barrier, temperature, particles):
    """Independent draws from exp(-E/T)/Z by rejection from a uniform proposal."""
    rng, density = np.random.default_rng(3), exact_density(barrier, temperature)
    q = rng.uniform(-2.2, 2.2, 100 * particles)
    return q[rng.uniform(0, 1.3, q.size) < density(q)][:particles]


def test_particle_steps_as_the_sampler_does(tmp_path):
    runs = [langevin_run(*setting) for setting in ((1.0, 0.004, 0.35), (1.3, 0.02, 0.8), (0.4, 0.05, 2.5))]
    places = np.linspace(-2, 2, 41)
    densities = [
        {"barrier": b, "temperature": t, "places": places, "values": exact_density(b, t)(places)}
        for b, t in ((1.0, 0.1), (1.0, 1.2), (1.7, 0.5))
    ]
    samples = [{"barrier": 1.2, "temperature": 0.5, "q": exact_sample(1.2, 0.5, 600)}]
    assert compare(tmp_path, "particle.test.mjs", {"runs": runs, "densities": densities, "samples": samples}) == 3


def knob_case(levels, temperature, trial, moved):
    levels = np.array(levels, float)
    p = (1 - moved) * gibbs.boltzmann(levels, trial)
    p[-1] += moved
    equilibrium = gibbs.boltzmann(levels, temperature)
    return {
        "levels": levels,
        "parameters": {"temperature": temperature, "trial": trial, "moved": moved},
        "p": p,
        "equilibrium": equilibrium,
        "least": gibbs.equilibrium_free_energy(levels, temperature),
        "cost": gibbs.free_energy(p, levels, temperature),
        "disorder": gibbs.entropy(p),
        "divergence": gibbs.kullback_leibler(p, equilibrium),
    }


def test_knob_weighs_as_gibbs_does(tmp_path):
    settings = [(0.5, 2.5, 0.0), (0.1, 4.0, 0.9), (2.0, 0.1, 0.35), (0.05, 0.05, 0.0)]
    levels = ([0, 1, 1, 2, 2, 2], [-0.7, 0.4, 3.1], [1e3, 1e3 + 1])
    cases = [knob_case(some, *setting) for some in levels for setting in settings]
    assert compare(tmp_path, "knob.test.mjs", cases) == len(cases)


def test_stove_measures_as_python_does_and_draws_onsagers_lines(tmp_path):
    temperatures = [0.05, 0.2, 0.45, 0.56, onsager.CRITICAL_TEMPERATURE, 0.6, 1.2, 4.0]
    lines = [
        {
            "temperature": t,
            "order": onsager.order_parameter(t),
            "correlation": onsager.spin_correlation(t),
            "energy": onsager.liquid_energy(t),
        }
        for t in temperatures
    ]
    rng, pots = np.random.default_rng(8), []
    for height, width, share in ((40, 56, 0.5), (24, 7, 0.8), (30, 12, 0.1)):
        n = (rng.random((height, width)) < share).astype(np.int8)
        expected = water_vapour_energy(n)
        pots.append({"height": height, "width": width, "n": n.ravel(), "expected": expected})
    cases = {"critical": onsager.CRITICAL_TEMPERATURE, "lines": lines, "pots": pots}
    assert compare(tmp_path, "stove.test.mjs", cases) == len(lines) + len(pots)


def test_energy_of_a_molecule_in_the_water_counts_each_bond_once():
    n = np.zeros((30, 8), np.int8)
    n[:20] = 1
    assert water_vapour_energy(n) == (1.0, 0.0, -2.0)
    n[::2] = 0  # full rows without a neighbour above
    assert water_vapour_energy(n)[2] == -1.0


def test_bundles_are_front_ends_and_colours_are_the_books(tmp_path):
    (tmp_path / "bundles").mkdir()
    for name in FIGURES:
        script = live.bundle(name) + "export default liveFigure;\n"
        (tmp_path / "bundles" / f"{name}.mjs").write_text(script, encoding="utf-8")
    colors = tmp_path / "colors.json"
    colors.write_text(json.dumps(plots.COLORS), encoding="utf-8")
    assert run_node(HERE / "bundles.test.mjs", tmp_path / "bundles", colors).strip() == "3"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A page with all figures, the stove twice, opened as a file: no server, no style sheet, no other script."""
    stove = widgets.stove()
    outputs = [figure._repr_html_() for figure in (stove, widgets.knob(), widgets.particle(), stove)]
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    page = tmp_path_factory.mktemp("live") / "page.html"
    page.write_text(f"{head}<title>Figures</title><body>{'<hr>'.join(outputs)}</body></html>", encoding="utf-8")
    return page.as_uri()


@pytest.fixture
def visit(browser, address):
    """Opens the page in a context of its own; at the end there must have been no error and no request."""
    contexts, complaints = [], []

    def open_page(**settings):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | settings)
        contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda said: said.type in ("error", "warning") and complaints.append(said.text))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("request", lambda sent: sent.url.startswith(("file:", "data:")) or complaints.append(sent.url))
        tab.goto(address)
        return tab

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def alive(tab, number):
    """The figure of that number on the page, scrolled to and running."""
    figure = tab.locator("figure.live").nth(number)
    figure.scroll_into_view_if_needed()
    tab.wait_for_function("n => document.querySelectorAll('figure.live')[n].dataset.ready === 'true'", arg=number)
    return figure


def seen(figure):
    return figure.locator("canvas").evaluate("canvas => canvas.toDataURL()")


@pytest.mark.parametrize("number", range(4))
def test_figure_obeys_keyboard_and_mouse(visit, number):
    tab = visit()
    figure = alive(tab, number)
    if figure.locator(".live-run").is_visible():
        figure.locator(".live-run").click()
    slider, value = figure.locator("input").first, figure.locator("output").first
    before, picture = slider.input_value(), seen(figure)
    slider.focus()
    tab.keyboard.press("ArrowRight")
    assert slider.input_value() != before
    assert value.inner_text() == f"{float(slider.input_value()):.2f}" == slider.get_attribute("aria-valuetext")
    assert seen(figure) != picture
    picture, box = seen(figure), slider.bounding_box()
    tab.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2)
    assert seen(figure) != picture
    tab.wait_for_timeout(1000)
    assert f"emperature {value.inner_text()}" in figure.locator(".live-says").inner_text()


def test_figure_moves_in_view_only_and_stops_on_demand(visit):
    tab = visit()
    figure = alive(tab, 0)
    assert tab.locator("figure.live").last.get_attribute("data-ready") is None  # not yet scrolled to
    tab.wait_for_timeout(200)
    first = seen(figure)
    tab.wait_for_timeout(200)
    assert seen(figure) != first
    alive(tab, 3)
    tab.wait_for_timeout(200)
    first = seen(figure)
    tab.wait_for_timeout(200)
    assert seen(figure) == first
    last = alive(tab, 3)
    last.get_by_role("button", name="Pause").click()
    first = seen(last)
    tab.wait_for_timeout(200)
    assert seen(last) == first
    last.get_by_role("button", name="Shake the bottle").click()
    assert seen(last) != first


def test_reduced_motion_shows_where_things_end_and_waits(visit):
    tab = visit(reduced_motion="reduce")
    figure = alive(tab, 0)
    says = figure.locator(".live-says")
    tab.wait_for_function("says => says.textContent", arg=says.element_handle())
    assert "the water stays at the bottom" in says.inner_text()
    first = seen(figure)
    tab.wait_for_timeout(300)
    assert seen(figure) == first
    figure.get_by_role("button", name="Run").click()
    tab.wait_for_timeout(300)
    assert seen(figure) != first


def test_dark_and_light_follow_the_page(visit):
    tab = visit(reduced_motion="reduce", color_scheme="light")
    figure = alive(tab, 1)
    light, background = seen(figure), "figure => getComputedStyle(figure).backgroundColor"
    assert figure.evaluate(background) == "rgb(255, 255, 255)"
    for darken in ("document.documentElement.dataset.theme = 'dark'", "document.body.dataset.jpThemeLight = 'false'"):
        tab.evaluate(darken)
        tab.wait_for_timeout(100)
        assert figure.evaluate(background) == "rgb(20, 24, 30)"
        assert seen(figure) != light
        tab.evaluate("delete document.documentElement.dataset.theme")
    tab.evaluate("delete document.body.dataset.jpThemeLight")
    tab.wait_for_timeout(100)
    assert seen(figure) == light
    tab.emulate_media(color_scheme="dark")
    tab.wait_for_timeout(100)
    assert seen(figure) != light


def test_phone_needs_no_sideways_scrolling_and_fingers_fit(visit):
    tab = visit(viewport={"width": 390, "height": 844}, device_scale_factor=2, has_touch=True)
    for number in range(3):
        alive(tab, number)
    assert tab.evaluate("document.scrollingElement.scrollWidth") <= 390
    for control in tab.locator("figure[data-ready] :is(input, button):visible").all():
        assert control.bounding_box()["height"] >= 44


def test_figures_are_accessible(visit):
    tab = visit(reduced_motion="reduce")
    for number in range(3):
        alive(tab, number)
    found = Axe().run(tab, "figure.live", options={"resultTypes": ["violations"]}).response["violations"]
    assert [(finding["id"], finding["nodes"][0]["html"]) for finding in found] == []


def test_without_scripts_the_picture_stands_and_no_control_is_dead(visit):
    tab = visit(java_script_enabled=False)
    assert tab.locator("figure.live img:visible").count() == 4
    assert all(len(image.get_attribute("alt")) > 100 for image in tab.locator("figure.live img").all())
    assert tab.locator(":is(input, button):visible").count() == 0
