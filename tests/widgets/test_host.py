"""The frame of all live figures in a browser: what hands, fingers, motion, theme, paper and a saved page do to it."""

import json
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from node import run_node
from pages import PHONE, alive, becomes, opened, says, seen, written

from sgdphysics import plots, widgets
from sgdphysics.widgets import live

HERE = Path(__file__).parent
MODULES = sorted(path.stem for path in Path(live.__file__).parent.glob("*.js"))


def test_bundles_are_front_ends_and_colours_are_the_books(tmp_path):
    (tmp_path / "bundles").mkdir()
    for name in MODULES:
        script = live.bundle(name) + "export default liveFigure;\n"
        (tmp_path / "bundles" / f"{name}.mjs").write_text(script, encoding="utf-8")
    colors = tmp_path / "colors.json"
    colors.write_text(json.dumps(plots.COLORS), encoding="utf-8")
    assert run_node(HERE / "bundles.test.mjs", tmp_path / "bundles", colors).strip() == str(len(MODULES))


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A page with three figures, the stove twice."""
    stove = widgets.stove()
    return written(tmp_path_factory.mktemp("live"), [stove, widgets.knob(), widgets.particle(), stove])


@pytest.fixture
def visit(browser, address):
    """Opens the page, as often as a test likes."""
    visits = []

    def open_page(**settings):
        visits.append(opened(browser, address, **settings))
        return visits[-1].__enter__()

    yield open_page
    for one in visits:
        one.__exit__(None, None, None)


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
    says(figure, f"emperature {value.inner_text()}")


def test_figure_moves_in_view_only_and_stops_on_demand(visit):
    tab = visit()
    figure = alive(tab, 0)
    assert tab.locator("figure.live").last.get_attribute("data-ready") is None  # not yet scrolled to
    becomes(figure, seen(figure), other=True)
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
    last.get_by_role("button", name="Step").click()
    second = seen(last)
    assert second != first
    last.get_by_role("button", name="Shake the pot").click()
    assert seen(last) != second


def test_reduced_motion_shows_where_things_end_and_waits(visit):
    tab = visit(reduced_motion="reduce")
    figure = alive(tab, 0)
    says(figure, "the water stays at the bottom")
    first = seen(figure)
    tab.wait_for_timeout(300)
    assert seen(figure) == first
    figure.get_by_role("button", name="Run").click()
    becomes(figure, first, other=True)


def test_dark_and_light_follow_the_page(visit):
    tab = visit(reduced_motion="reduce", color_scheme="light")
    figure = alive(tab, 1)
    light, background = seen(figure), "figure => getComputedStyle(figure).backgroundColor"
    assert figure.evaluate(background) == "rgb(255, 255, 255)"
    for darken in ("document.documentElement.dataset.theme = 'dark'", "document.body.dataset.jpThemeLight = 'false'"):
        tab.evaluate(darken)
        becomes(figure, light, other=True)
        assert figure.evaluate(background) == "rgb(20, 24, 30)"
        tab.evaluate("delete document.documentElement.dataset.theme")
    tab.evaluate("delete document.body.dataset.jpThemeLight")
    becomes(figure, light)
    tab.emulate_media(color_scheme="dark")
    becomes(figure, light, other=True)


@pytest.mark.parametrize("by", ["system", "page"])
def test_on_paper_the_dark_page_is_light_and_has_no_controls(visit, by):
    tab = visit(reduced_motion="reduce", color_scheme="light")
    figure = alive(tab, 1)
    light = seen(figure)
    if by == "system":
        tab.emulate_media(color_scheme="dark", media="screen")
    else:
        tab.evaluate("document.documentElement.dataset.theme = 'dark'")
    becomes(figure, light, other=True)
    tab.emulate_media(media="print")
    becomes(figure, light)
    assert figure.evaluate("figure => getComputedStyle(figure).backgroundColor") == "rgb(255, 255, 255)"
    filters = "images => images.map(image => getComputedStyle(image).filter)"
    assert set(tab.locator("figure.live img").evaluate_all(filters)) == {"none"}
    assert tab.locator(":is(input, button, summary):visible").count() == 0


def test_on_paper_the_caption_gives_the_address_of_what_is_seen(browser):
    context = browser.new_context(reduced_motion="reduce")
    page = f"<!doctype html><title>Figures</title>{widgets.knob()._repr_html_()}"
    context.route(
        "http://book.invalid/*", lambda route: route.fulfill(body=page, content_type="text/html; charset=utf-8")
    )
    tab = context.new_page()
    tab.goto("http://book.invalid/page.html")
    figure = alive(tab)
    figure.locator("input").first.press("ArrowRight")
    tab.emulate_media(media="print")
    tab.wait_for_function("document.querySelector('figure.live figcaption').dataset.address")
    end = figure.locator("figcaption").evaluate("caption => getComputedStyle(caption, '::after').content")
    assert "http://book.invalid/page.html#figure=knob&temperature=0.55" in end.replace('" "', "")
    context.close()


def test_phone_needs_no_sideways_scrolling_and_fingers_fit(visit):
    tab = visit(viewport=PHONE, device_scale_factor=2, has_touch=True)
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


def no_dead_control(tab):
    assert tab.locator("figure.live img:visible").count() == 4
    assert tab.locator("figure.live canvas:visible").count() == 0
    assert all(len(image.get_attribute("alt")) > 100 for image in tab.locator("figure.live img").all())
    assert tab.locator(":is(input, button):visible").count() == 0


def test_without_scripts_the_picture_stands_and_no_control_is_dead(visit):
    no_dead_control(visit(java_script_enabled=False))


# A page that the reader saves keeps what the scripts made of it: canvases, now empty, and attributes.


@pytest.fixture(scope="module")
def saved(browser, address, tmp_path_factory):
    """The page as a browser saves it after its figures have lived: the document as it stands, and as one MHTML file."""
    folder = tmp_path_factory.mktemp("saved")
    with opened(browser, address, reduced_motion="reduce") as tab:
        for number in range(4):
            alive(tab, number)
        (folder / "saved.html").write_text(f"<!doctype html>{tab.content()}", encoding="utf-8")
        snapshot = tab.context.new_cdp_session(tab).send("Page.captureSnapshot", {"format": "mhtml"})
        (folder / "saved.mhtml").write_text(snapshot["data"], encoding="utf-8", newline="")
    return folder


def test_a_saved_page_lives_again(browser, saved):
    with opened(browser, (saved / "saved.html").as_uri(), reduced_motion="reduce") as tab:
        for number in range(4):
            figure = alive(tab, number)
            assert figure.locator("canvas").count() == 1
            slider = figure.locator("input").first
            picture = seen(figure)
            slider.focus()
            slider.press("ArrowRight")
            assert seen(figure) != picture
            says(figure, f"emperature {figure.locator('output').first.inner_text()}")


def test_a_saved_page_without_scripts_shows_its_pictures(browser, saved):
    with opened(browser, (saved / "saved.html").as_uri(), java_script_enabled=False) as tab:
        no_dead_control(tab)


def test_a_page_saved_as_one_file_shows_its_pictures(browser, saved):
    """Chromium runs no script in MHTML: the figures' pictures must be there, not white canvases."""
    with opened(browser, (saved / "saved.mhtml").as_uri()) as tab:
        image = tab.locator("figure.live img").first
        assert image.is_visible() and image.bounding_box()["height"] > 100
        assert tab.locator(":is(input, button):visible").count() == 0
