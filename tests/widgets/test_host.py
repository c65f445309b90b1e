"""The frame of all live figures in a browser, on a bare page: no server, no style sheet, no other script."""


def test_bundles_are_front_ends_and_colours_are_the_books(tmp_path):
    (tmp_path / "bundles").mkdir()
    for name in FIGURES:
        script = live.bundle(name) + "export default liveFigure;\n"
        (tmp_path / "bundles" / f"{name}.mjs").write_text(script, encoding="utf-8")
    colors = tmp_path / "colors.json"
    colors.write_text(json.dumps(plots.COLORS), encoding="utf-8")
    assert run_node(HERE / "bundles.test.mjs", tmp_path / "bundles", colors).strip() == "3"


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
