"""The reader's hand on the picture itself, by mouse and by finger; and that what is said is what is then drawn."""

import random
import re

import pytest
from pages import PHONE, alive, finger, opened, says, seen, written

from sgdphysics import widgets


def still(tab):
    """The figure, paused where it has a clock."""
    figure = alive(tab)
    pause = figure.get_by_role("button", name="Pause")
    if pause.count():
        pause.click()
    figure.locator(".live-stage").evaluate("stage => stage.scrollIntoView({ block: 'center' })")
    return figure


def at(figure, x, y):
    """The point of the window at shares x and y of the picture."""
    box = figure.locator("canvas").bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def drag(tab, start, *stops):
    tab.mouse.move(*start)
    tab.mouse.down()
    for stop in stops:
        tab.mouse.move(*stop, steps=4)


@pytest.fixture
def shown(browser, tmp_path):
    """Opens one figure; the same as ``pages.opened`` for it."""
    return lambda name, **settings: opened(browser, written(tmp_path, [getattr(widgets, name)()]), **settings)


def test_particles_follow_the_hand(shown):
    with shown("particle") as tab:
        figure = still(tab)
        drag(tab, at(figure, 0.15, 0.3), at(figure, 0.45, 0.3))
        says(figure, "100\u00a0% of the particles are in the right well")
        tab.mouse.move(*at(figure, 0.1, 0.3))
        says(figure, "0\u00a0% of the particles are in the right well")
        tab.mouse.up()
        tab.mouse.move(*at(figure, 0.45, 0.3))
        assert "0\u00a0% of" in figure.locator(".live-says").inner_text()  # they are free


def test_a_button_that_has_nothing_left_to_do_says_so_and_keeps_the_focus(shown):
    with shown("sieve") as tab:
        figure = still(tab)
        ten, another = (figure.get_by_role("button", name=name) for name in ("Ten more", "New teacher"))
        figure.locator("input[name=examples]").press("End")
        assert [button.get_attribute("aria-disabled") for button in (ten, another)] == ["true", None]
        ten.press("Enter")
        assert figure.locator("input[name=examples]").input_value() == "40"
        assert ten.evaluate("button => button === document.activeElement")
        figure.locator("input[name=examples]").press("ArrowLeft")
        assert ten.get_attribute("aria-disabled") is None


def test_the_dot_of_the_knob_follows_the_hand(shown):
    with shown("knob") as tab:
        figure = still(tab)
        drag(tab, at(figure, 0.8, 0.5), at(figure, 0.6, 0.5))
        trial = figure.locator("input[name=trial]")
        assert 0.5 < float(trial.input_value()) < 1.5
        tab.mouse.move(*at(figure, 0.99, 0.5))
        assert trial.input_value() == "4"
        tab.mouse.up()


def test_the_trap_follows_the_hand(shown):
    with shown("trap") as tab:
        figure = still(tab)
        drag(tab, at(figure, 0.15, 0.5), at(figure, 0.25, 0.5))
        sentence = says(figure, "Pulled by hand")
        assert float(re.search(r"mean work is ([\d.]+)", sentence)[1]) > 0.5  # pulled at once, it must cost work
        tab.mouse.up()
        figure.get_by_role("button", name="Pull", exact=True).click()
        says(figure, "Pulled in a time of")


def test_a_case_follows_the_hand(shown):
    with shown("minibatch") as tab:
        figure = still(tab)
        start = at(figure, 0.07, 0.47)  # between the cases: nothing there to hold
        before = seen(figure)
        drag(tab, start, at(figure, 0.07, 0.3))
        tab.mouse.up()
        assert seen(figure) == before
        x, y = at(figure, *CASE)
        drag(tab, (x, y), (x, y - 60))
        tab.mouse.up()
        assert seen(figure) != before


CASE = (0.094, 0.5)  # somewhere in the column of cases at x = -1


def place(figure, panel, insets, ranges, x, y):
    """Shares of the picture for a point (x, y) of a panel's axes; insets are left, top, right, bottom in pixels."""
    box = figure.locator("canvas").bounding_box()
    px, py, width, height = (share * box[side] for share, side in zip(panel, ("width", "height") * 2, strict=True))
    (left, top, right, bottom), ((x0, x1), (y0, y1)) = insets, ranges
    across = px + left + (x - x0) / (x1 - x0) * (width - left - right)
    down = py + top + (y1 - y) / (y1 - y0) * (height - top - bottom)
    return box["x"] + across, box["y"] + down


AXES = {
    "circle": ((0, 0, 0.31, 1), (34, 28, 14, 46), ((-2.4, 2.4), (-5, 5))),
    "tail": ((0, 0, 0.42, 0.5), (54, 28, 18, 44), ((0, 2.6), (-1.8, 1.8))),
    "valley": ((0, 0, 0.48, 1), (36, 28, 14, 44), ((0, 4.6), (-1.4, 3.2))),
    "sieve": ((0.54, 0, 0.46, 1), (46, 30, 20, 46), ((0, 40), (0, 0.6931))),
    "landscape": ((0.5, 0, 0.5, 1), (46, 30, 20, 46), ((0, 4), (0, 0.56))),
    "targets": ((0.46, 0, 0.54, 1), (42, 30, 116, 46), ((0, 7), (0, 1))),
    "replicas": ((0, 0, 0.54, 1), (46, 30, 18, 46), ((-0.5, 2), (0, 1))),
    "average": ((0, 0, 0.46, 1), (52, 30, 16, 46), ((0, 1), (0, 1))),
    "staircase": ((0.5, 0, 0.5, 1), (40, 30, 18, 46), ((0.3, 1.1), (0, 1))),
    "bumps": ((0.46, 0.5, 0.54, 0.5), (44, 28, 84, 42), ((1, 4), (0, 1))),
    "annealing": ((0, 0, 0.54, 1), (46, 30, 92, 46), ((0, 7), (0, 1))),
    "losses": ((0, 0, 0.54, 1), (40, 30, 92, 46), ((0, 0.9), (0, 1))),
    "interpolate": ((0.5, 0, 0.5, 1), (42, 30, 16, 46), ((0, 41), (0, 1))),
    "back": ((0.5, 0, 0.5, 1), (36, 26, 14, 42), ((0, 6), (0, 1))),
}
GRIPS = [
    ("circle", (0.5, 3.0), (1.5, 4.0), {"half": 1.5, "left": 1.0, "right": 4.0}),
    ("circle", (-0.5, -1.0), (-1.0, -2.0), {"half": 1.0, "left": 2.0, "right": 3.0}),
    ("tail", (3**0.5, 0.0), (1.2, 0.0), {"odd": 1.44, "others": 0.5, "rate": 1.0}),
    ("tail", (0.5**0.5, 1.0), (1.0, 0.2), {"odd": 3.0, "others": 1.0, "rate": 1.0}),
    ("valley", (2.0, 0.5), (3.7, 0.5), {"noise": 0.5, "rate": 0.1, "start": 3.7}),
]


@pytest.mark.parametrize(("name", "grip", "to", "settings"), GRIPS)
def test_points_and_ball_of_sgd_follow_the_hand(shown, name, grip, to, settings):
    with shown(name, reduced_motion="reduce") as tab:
        figure = still(tab)
        sliders = {one.get_attribute("name"): one for one in figure.locator("input").all()}
        before = {key: one.input_value() for key, one in sliders.items()}
        sentence = figure.locator(".live-says").inner_text()
        away = {"circle": (0, 4.8), "tail": (2.4, 1.6), "valley": (3.0, 2.5)}[name]  # nothing there to hold
        drag(tab, place(figure, *AXES[name], *away), place(figure, *AXES[name], *to))
        tab.mouse.up()
        assert {key: one.input_value() for key, one in sliders.items()} == before
        drag(tab, place(figure, *AXES[name], *grip), place(figure, *AXES[name], *to))
        tab.mouse.up()
        for key, value in settings.items():
            step = float(sliders[key].get_attribute("step"))
            assert abs(float(sliders[key].input_value()) - value) <= 1.01 * step, key
        assert figure.locator(".live-says").inner_text() != sentence


SLIDES = [
    ("sieve", (30, 0.3), {"weights": 11, "examples": 30, "teacher": 1}),
    ("landscape", (1.0, 0.3), {"alpha": 1.0, "weights": 0, "output": 0}),
    ("targets", (6, 0.9), {"learner": 0, "prior": 1, "examples": 6}),
    ("replicas", (1.5, 0.9), {"n": 1.5, "beta": 2.5}),
    ("average", (0.4, 0.5), {"temperature": 0.75, "trial": 0.4, "lattice": 2}),
    ("staircase", (0.8, 0.5), {"cluster": 5, "temperature": 0.8}),
    ("bumps", (2.0, 0.5), {"distance": 2.0, "start": 0}),
    ("annealing", (2, 0.5), {"steps": 2, "temperature": 0.375}),
    ("losses", (0.7, 0.9), {"kappa": 0.7, "noise": 0}),
    ("interpolate", (30, 0.9), {"features": 30, "noise": 1}),
    ("back", (2.0, 0.9), {"clock": 2.0, "way": 0, "data": 0}),
]


@pytest.mark.parametrize(("name", "to", "settings"), SLIDES)
def test_what_a_slider_sets_follows_the_hand_along_a_curve(shown, name, to, settings):
    with shown(name, reduced_motion="reduce") as tab:
        figure = still(tab)
        x, y = place(figure, *AXES[name], *to)
        drag(tab, (x - 60, y), (x, y))
        tab.mouse.up()
        for slider in figure.locator("input").all():
            value, step = settings[slider.get_attribute("name")], float(slider.get_attribute("step"))
            assert abs(float(slider.input_value()) - value) <= 1.01 * step


def test_rows_and_valleys_are_chosen_by_hand(shown):
    with shown("staircase") as tab:
        figure = still(tab)
        stairs = ((0, 0, 0.5, 1), (64, 30, 22, 46), ((0.5, 1.12), (7, 0)))
        for row, words in ((1.5, "One row orders below 0.8816"), (6.5, "Kikuchi orders below 0.6064")):
            drag(tab, place(figure, *stairs, 0.7, row), place(figure, *stairs, 0.8, row))
            tab.mouse.up()
            says(figure, words)
    with shown("bumps") as tab:
        figure = still(tab)
        landscape = ((0.46, 0, 0.54, 0.5), (44, 28, 14, 42), ((-4.5, 4.5), (0, 1)))
        for mu, words in ((-2.5, "from a bump: μ = 2.98"), (1.0, "from the middle: μ = 0.00")):
            drag(tab, place(figure, *landscape, mu - 0.2, 0.5), place(figure, *landscape, mu, 0.5))
            tab.mouse.up()
            says(figure, words)


def test_the_best_m_is_a_press_away(shown):
    with shown("average") as tab:
        figure = alive(tab)
        figure.locator("input[name=temperature]").press("Home")
        says(figure, "best m = 0.997")
        figure.get_by_role("button", name="Best m").click()
        says(figure, "T = 0.30, m = 1.00: F = −0.500, exact −0.513; KL = 0.715, the least.")


def test_a_button_may_set_sliders_and_the_address_follows(shown):
    with shown("sieve") as tab:
        figure = alive(tab)
        for label, name, value in (("Ten more", "examples", "15"), ("Next example", "examples", "16")):
            figure.get_by_role("button", name=label).click()
            assert figure.locator(f"input[name={name}]").input_value() == value
        figure.get_by_role("button", name="New teacher").press("Enter")
        says(figure, "After 16\u00a0examples of teacher 2")
        tab.wait_for_function("location.hash === '#figure=sieve&examples=16&teacher=2'")


def test_the_ball_of_the_landscape_follows_the_hand_and_rolls_on(shown):
    with shown("landscape") as tab:
        figure = still(tab)
        left = ((0, 0, 0.5, 1), (46, 30, 20, 46), ((-0.4, 1.04), (0, 1)))
        drag(tab, place(figure, *left, 0.3, 0.5), place(figure, *left, -0.2, 0.5))
        says(figure, "rolls on at R = \u22120.2")
        tab.mouse.move(*place(figure, *left, 1.03, 0.5))
        says(figure, "with the teacher")
        tab.mouse.move(*place(figure, *left, 0.5, 0.5))
        tab.mouse.up()
        figure.get_by_role("button", name="Run").click()
        says(figure, "rests at R = 0.67")


@pytest.mark.parametrize("name", ["particle", "trap", "knob"])
def test_a_finger_scrolls_past_a_picture_and_drags_sideways(shown, name):
    with shown(name, viewport=PHONE, has_touch=True, is_mobile=True, reduced_motion="reduce") as tab:
        tab.evaluate("document.body.style.paddingBottom = '1500px'")
        figure = still(tab)
        if name == "knob":
            figure.get_by_role("button", name="Energy and entropy").tap()
        tab.wait_for_timeout(1500)
        picture, top = seen(figure), tab.evaluate("scrollY")
        finger(tab, at(figure, 0.5, 0.4), [(0, -12)] * 10)
        assert tab.evaluate("scrollY") - top > 50 and seen(figure) == picture
        finger(tab, at(figure, 0.3, 0.4), [(12, 0)] * 6)
        assert seen(figure) != picture


# What is said is what is drawn, in the browser: the texts on the canvas are recorded as they are painted.

RECORD = """() => {
  const draw = CanvasRenderingContext2D.prototype.fillText, clear = CanvasRenderingContext2D.prototype.setTransform;
  CanvasRenderingContext2D.prototype.setTransform = function (...all) {
    this.canvas.words = []; clear.apply(this, all); };
  CanvasRenderingContext2D.prototype.fillText = function (text, ...all) {
    this.canvas.words?.push(text); draw.call(this, text, ...all); };
}"""
DRAWN = {
    "trap": r"^Work of ([\d,]+)|^mean work: ([\u2212\d.]+)|^Jarzynski: ([\u2212\d.]+) ± ([\d.]+)",
    "particle": r"KL from equilibrium ([\d.]+)",
    "knob": r"^T·KL = ([\d.]+)",
    "circle": r"^exact: ([\u2212\d.]+) a step",
}


@pytest.mark.parametrize("name", DRAWN)
def test_what_is_said_is_what_is_drawn(shown, name):
    """Whatever was moved and however long it ran: stopped, sentence and picture are of one state."""
    choose = random.Random(5)
    with shown(name) as tab:
        tab.evaluate(f"({RECORD})()")
        figure, compared = alive(tab), 0
        for _ in range(12):
            slider = choose.choice(figure.locator("input").all())
            slider.press(choose.choice(["ArrowRight", "ArrowLeft", "PageUp", "PageDown"]))
            if figure.locator(".live-run").count():
                tab.wait_for_timeout(choose.choice([50, 400, 1300]))
                figure.get_by_role("button", name="Pause").click()
            if name == "trap":
                figure.get_by_role("button", name="Pull", exact=True).click()
            words = figure.locator("canvas").evaluate("canvas => canvas.words")
            sentence = figure.locator(".live-says").inner_text()
            found = [number for text in words for match in re.findall(DRAWN[name], text) for number in match]
            numbers = [number for number in (found or re.findall(DRAWN[name], " ".join(words))) if number]
            if "will be" not in sentence and "least there is" not in sentence:
                assert numbers and all(number in sentence for number in numbers), (numbers, sentence)
                compared += 1
            if figure.locator(".live-run").count():
                figure.get_by_role("button", name="Run").click()
        assert compared >= 4


@pytest.mark.parametrize(
    ("name", "button", "before", "after"),
    [("trap", "Pull", "paths", "will be"), ("leapfrog", "500 at once", "1,0", "500\u00a0trajectories")],
)
def test_a_moved_slider_begins_the_statistics_anew(shown, name, button, before, after):
    with shown(name) as tab:
        figure = still(tab)
        figure.get_by_role("button", name=button, exact=True).click()
        says(figure, before)
        figure.locator("input").first.press("ArrowRight")
        says(figure, after)


def test_the_visible_sentence_follows_while_the_spoken_one_is_rare(shown):
    with shown("particle") as tab:
        figure = alive(tab)
        tab.evaluate("""() => { window.spoken = window.shown = 0;
          const count = (name, key) => new MutationObserver(() => (window[key] += 1))
            .observe(document.querySelector(name), { childList: true });
          count(".live-spoken", "spoken"); count(".live-says", "shown"); }""")
        figure.locator("input").first.press("ArrowRight")
        tab.wait_for_function("window.shown >= 8")
        assert 1 <= tab.evaluate("window.spoken") <= 2
        assert figure.locator(".live-says").get_attribute("aria-hidden") == "true"
        assert figure.locator("canvas").get_attribute("aria-label") == figure.locator(".live-spoken").inner_text()
