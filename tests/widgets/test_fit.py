"""Live figures fit the screen, hold still, scroll by, and can be shared: on a phone, a desk, a projector."""

import pytest
from matplotlib.figure import Figure
from pages import HEAD, PHONE, alive, finger, opened, says, seen

from sgdphysics import widgets
from sgdphysics.widgets import Choice, Frames

NAMES = [
    "stove",
    "knob",
    "particle",
    "bottle",
    "trap",
    "leapfrog",
    "minibatch",
    "sieve",
    "landscape",
    "targets",
    "replicas",
    "average",
    "staircase",
    "bumps",
    "annealing",
    "losses",
    "interpolate",
    "separable",
    "back",
]
SHORT = {"width": 390, "height": 664}  # a phone whose browser keeps its bars


def frames():
    def draw(place):
        figure = Figure(figsize=(6.4, 3.4))
        for ax in figure.subplots(1, 2):
            ax.plot([0, place + 1])
        return figure

    choices = [Choice("sweeps", "Sweeps", [1, 10, 100])]
    words = {"tabs": ["Once", "Again"], "alt": "A straight line.", "caption": "A line."}
    return Frames(draw, "The line ends at {}.".format, choices=choices, **words)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A page with every figure, text between them."""
    figures = [*(getattr(widgets, name)() for name in NAMES), frames()]
    text = "<p>" + 40 * "Some words that stand between the figures. " + "</p>"
    page = tmp_path_factory.mktemp("fit") / "page.html"
    body = text + text.join(figure._repr_html_() for figure in figures) + text
    page.write_text(f"{HEAD}<title>Figures</title><body>{body}</body></html>", encoding="utf-8")
    return page.as_uri()


@pytest.mark.parametrize("width", [360, 390])
def test_main_panel_and_controls_are_on_a_phones_screen_together(browser, address, width):
    settings = {"viewport": SHORT | {"width": width}, "has_touch": True, "reduced_motion": "reduce"}
    with opened(browser, address, **settings) as tab:
        for number in range(len(NAMES) + 1):
            figure = alive(tab, number)
            stage = figure.locator(".live-stage").bounding_box()
            controls = figure.locator(".live-controls").bounding_box()
            assert controls["y"] + controls["height"] - stage["y"] <= SHORT["height"]
            assert stage["height"] >= 180 and controls["y"] >= stage["y"] + stage["height"]
        assert tab.evaluate("document.scrollingElement.scrollWidth") <= width


def settled(figure):
    """Waits until the picture has stood still for a while, as it does where motion is reduced."""
    picture, still = None, 0
    while still < 3:
        figure.page.wait_for_timeout(200)
        now = seen(figure)
        picture, still = now, still + 1 if now == picture else 0


def test_every_panel_can_be_seen_on_a_phone(browser, address):
    with opened(browser, address, viewport=PHONE, has_touch=True, reduced_motion="reduce") as tab:
        for number in range(len(NAMES) + 1):
            figure, pictures = alive(tab, number), set()
            settled(figure)
            tabs = figure.locator(".live-tabs button").all()
            assert len(tabs) >= 2
            for button in tabs:
                button.tap()
                assert button.get_attribute("aria-pressed") == "true"
                pictures.add(seen(figure))
            assert len(pictures) == len(tabs)


WATCH = """() => { window.shift = 0; new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
  window.shift += entry.value; })).observe({ type: "layout-shift", buffered: true }); }"""


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_nothing_jumps_when_figures_come_to_life(browser, address, width):
    with opened(browser, address, viewport={"width": width, "height": 800}) as tab:
        tab.evaluate(WATCH)
        heights = [figure.bounding_box()["height"] for figure in tab.locator("figure.live").all()]
        for number in range(len(NAMES) + 1):
            figure = alive(tab, number)
            tab.wait_for_timeout(300)
            assert figure.bounding_box()["height"] == pytest.approx(heights[number], abs=1)
            assert figure.locator(".live-stage").bounding_box()["height"] >= 180
        assert tab.evaluate("window.shift") < 0.02


@pytest.mark.parametrize("width", [360, 390, 768, 1440])
def test_no_sentence_moves_what_stands_below_it(browser, address, width):
    """The room under the picture holds the sentence wherever the sliders stand."""
    with opened(browser, address, viewport={"width": width, "height": 800}) as tab:
        for number in range(len(NAMES)):
            figure = alive(tab, number)
            height = figure.bounding_box()["height"]
            for slider in figure.locator("input").all():
                for key in ("End", "Home"):
                    slider.press(key)
                    assert figure.bounding_box()["height"] == pytest.approx(height, abs=1), figure.inner_text()


@pytest.mark.parametrize(
    ("path", "turns"),
    [([(0, -12)] * 15, False), ([(3, -12)] * 15, False), ([(-10, 0)] * 6, True), ([], True)],
    ids=["swipe", "slanting swipe", "sideways", "tap"],
)
def test_a_finger_turns_a_knob_only_when_it_means_to(browser, address, path, turns):
    with opened(browser, address, viewport=PHONE, has_touch=True, is_mobile=True, reduced_motion="reduce") as tab:
        figure = alive(tab, 0)
        slider = figure.locator("input").first
        slider.evaluate("slider => slider.scrollIntoView({ block: 'center' })")
        before, top = slider.input_value(), tab.evaluate("scrollY")
        box = slider.bounding_box()
        finger(tab, (box["x"] + 0.9 * box["width"], box["y"] + 0.5 * box["height"]), path)
        assert (slider.input_value() != before) == turns
        assert (tab.evaluate("scrollY") - top > 50) == (not turns)
        assert figure.locator("output").first.inner_text() == f"{float(slider.input_value()):.2f}"


def test_a_copied_address_restores_what_was_seen(browser, address):
    with opened(browser, address) as tab:
        figure = alive(tab, 2)
        for _ in range(5):
            figure.locator("input[name=temperature]").press("ArrowRight")
        tab.wait_for_function("location.hash.includes('temperature=0.4')")
        copied = tab.url
        assert copied.endswith("#figure=particle&temperature=0.4")
    with opened(browser, copied) as tab:
        figure = tab.locator("figure.live").nth(2)
        tab.wait_for_function("document.querySelectorAll('figure.live')[2].dataset.ready === 'true'")
        says(figure, "At temperature 0.40")
        assert figure.locator("output").first.inner_text() == "0.40"
        assert 0 <= figure.locator(".live-stage").bounding_box()["y"] < 900  # it is in view
        says(alive(tab, 3), "At temperature 0.40, after a shake of 0.50")  # the other figures stand where they start
        figure.locator("input").first.press("Home")
        for _ in range(25):
            figure.locator("input").first.press("ArrowRight")
        tab.wait_for_function("!location.hash")  # as it was at first: a plain address


def test_a_plain_address_reaches_every_figure_that_has_the_parameter(browser, address):
    with opened(browser, f"{address}#temperature=0.57") as tab:
        says(alive(tab, 0), "At temperature 0.57 and gravity 0.020")
        says(alive(tab, 2), "At temperature 0.57")
        tab.evaluate("location.hash = '#figure=stove&temperature=0.3&gravity=0.05&colour=blue'")
        says(alive(tab, 0), "At temperature 0.30 and gravity 0.050")
        assert alive(tab, 2).locator("output").first.inner_text() == "0.57"


@pytest.mark.parametrize("hash_", ["#temperature=hot", "#temperature=", "#figure=kettle&temperature=0.9", "#the-knob"])
def test_an_address_that_means_nothing_changes_nothing(browser, address, hash_):
    with opened(browser, f"{address}{hash_}") as tab:
        assert alive(tab, 0).locator("output").first.inner_text() == "0.45"


def test_enlarged_it_fills_the_screen_with_letters_to_match(browser, address):
    with opened(browser, address, viewport={"width": 1920, "height": 1080}, reduced_motion="reduce") as tab:
        for number in range(len(NAMES) + 1):
            figure = alive(tab, number)
            size = "figure => parseFloat(getComputedStyle(figure.querySelector('.live-says')).fontSize)"
            small, letters, picture = figure.bounding_box(), figure.evaluate(size), seen(figure)
            figure.get_by_role("button", name="Enlarge").click()
            tab.wait_for_timeout(300)
            large = figure.bounding_box()
            assert (large["x"], large["y"], large["width"], large["height"]) == (0, 0, 1920, 1080)
            assert figure.evaluate(size) > 1.3 * letters and seen(figure) != picture
            assert figure.evaluate("figure => figure.scrollHeight <= figure.clientHeight + 1")
            stage = figure.locator(".live-stage").bounding_box()
            assert stage["height"] > 0.5 * 1080
            figure.get_by_role("button", name="Back").click()
            tab.wait_for_timeout(300)
            assert figure.bounding_box()["height"] == pytest.approx(small["height"], abs=1)
