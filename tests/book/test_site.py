"""The built site in a real browser: pages load cleanly, fit a phone, can be read by everyone; the figures live."""

import gzip
import re
import time
from functools import cache
from urllib.parse import urlparse

import nbformat
import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from conftest import PATIENCE, ROOT, SITE

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
FIRST_VIEW = 2_000_000  # bytes of everything that a page loads, compressed
CHAPTER = 1_500_000  # bytes of a page's own HTML


def pages():
    """Every page of the table of contents, and the two that Sphinx adds."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    chapters = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    return [f"{page}.html" for page in (toc["root"], *chapters, "search", "genindex")]


class Visit:
    """One look at a page, on a desktop and a phone, in light and dark, and all that happened meanwhile."""

    def __init__(self, tab, address):
        self.address, self.errors, self.requests, self.responses = address, [], [], []
        listeners = {
            "console": lambda message: message.type in ("error", "warning") and self.errors.append(message.text),
            "pageerror": lambda error: self.errors.append(str(error)),
            "requestfailed": lambda request: self.errors.append(f"{request.url}: {request.failure}"),
            "request": lambda request: self.requests.append(request.url),
            "response": lambda response: self.responses.append(response),
        }
        tab.goto("about:blank")  # or the page before would fetch its wide pictures, and they would count as this one's
        for event, listener in listeners.items():
            tab.on(event, listener)
        tab.set_viewport_size(DESKTOP)
        tab.emulate_media(color_scheme="light", reduced_motion="reduce")
        tab.goto(address, wait_until="networkidle")
        self.loaded = {urlparse(response.url).path for response in self.responses if response.ok}
        tab.evaluate(LOAD_ALL)
        self.light = self.look(tab, "light")
        tab.emulate_media(color_scheme="dark")
        self.dark = self.look(tab, "dark")
        tab.set_viewport_size(PHONE)
        tab.evaluate("scrollTo(0, document.body.scrollHeight)")
        tab.evaluate(NEXT_FRAME)  # pictures change with the width
        tab.evaluate(LOAD_ALL)
        self.phone = self.look(tab, "dark")
        for event, listener in listeners.items():
            tab.remove_listener(event, listener)

    def look(self, tab, theme):
        """What the reader sees once the theme has answered, colors have faded over, figures in view have come."""
        tab.wait_for_function(STILL, arg=theme)
        tab.evaluate(NEXT_FRAME)
        return tab.evaluate(LOOK) | {"violations": violations(tab)}


LOAD_ALL = """() => Promise.all([...document.images].map((image) => {
  image.loading = "eager";
  return image.decode().catch(() => {});
}))"""
STILL = """(theme) => (document.documentElement.dataset.theme ?? theme) === theme
  && document.getAnimations().every((animation) => animation.playState !== "running")
  && [...document.querySelectorAll("figure.live")].every((figure) => {
    const { top, bottom } = figure.getBoundingClientRect();
    return bottom < 0 || top > innerHeight || figure.dataset.ready === "true";
  })
  && [...document.querySelectorAll("pre[tabindex], .pst-scrollable-table-container[tabindex]")].every(
    (box) => box.tabIndex === 0 || (box.scrollWidth <= box.clientWidth && box.scrollHeight <= box.clientHeight))"""
NEXT_FRAME = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
LOOK = """() => {
  const light = (color) => { const [r, g, b] = color.match(/[\\d.]+/g).map(Number); return (r + g + b) / 765; };
  const style = getComputedStyle(document.body);
  const pictures = [...document.querySelectorAll(".bd-article img")].filter((img) => img.checkVisibility());
  return {
    background: light(style.backgroundColor), ink: light(style.color),
    overflow: document.scrollingElement.scrollWidth - innerWidth,
    captions: [...document.querySelectorAll(".bd-article figure")].map(
      (figure) => figure.querySelector("figcaption")?.textContent.trim() ?? ""),
    pictures: pictures.map((img) => ({
      alt: img.alt.trim(), source: img.currentSrc.slice(-80), filter: getComputedStyle(img).filter,
      padding: getComputedStyle(img).padding,
      rendering: img.closest("picture") && img.currentSrc.split("/").pop().replace(/^\\w+-(\\w+-\\w+).png$/, "$1"),
      broken: !(img.complete && img.naturalWidth > 0),
    })),
  };
}"""


def violations(tab):
    """Serious and critical findings of axe-core, a line each."""
    # preload: axe would fetch style sheets again, some from wrong addresses; no rule in force needs it.
    found = Axe().run(tab, options={"resultTypes": ["violations"], "preload": False}).response["violations"]
    serious = [finding for finding in found if finding["impact"] in ("serious", "critical")]
    return [
        f"{finding['id']}: {node['target']} {node['html'][:160]}" for finding in serious for node in finding["nodes"]
    ]


def compressed(path):
    """Bytes that a web server sends for a file of the site."""
    body = (SITE / path.lstrip("/")).read_bytes()
    return min(len(body), len(gzip.compress(body, 6)))


@pytest.fixture(scope="module")
def tab(browser):
    context = browser.new_context(viewport=DESKTOP)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def visits(tab, site):
    """Each page is visited once; the tests ask about that visit."""
    seen = {}

    def visit(page):
        if page not in seen:
            seen[page] = Visit(tab, f"{site}/{page}")
        return seen[page]

    return visit


each_page = pytest.mark.parametrize("page", pages())


@each_page
def test_page_loads_without_errors(visits, page):
    visit = visits(page)
    assert [response.url for response in visit.responses if response.status >= 400] == []
    assert visit.errors == []


def other_hosts(visit):
    hosts = {urlparse(url).netloc for url in visit.requests if not url.startswith(("data:", "blob:"))}
    return hosts - {urlparse(visit.address).netloc}


@each_page
def test_page_asks_no_other_host(visits, page):
    assert other_hosts(visits(page)) == set()


@each_page
def test_page_fits_a_phone(visits, page):
    assert visits(page).phone["overflow"] <= 0


@each_page
def test_page_has_a_dark_mode(visits, page):
    light, dark = visits(page).light, visits(page).dark
    assert light["background"] > 0.9 and light["ink"] < 0.4
    assert dark["background"] < 0.15 and dark["ink"] > 0.6
    assert all("invert" in picture["filter"] or picture["rendering"] for picture in dark["pictures"])


@each_page
def test_page_has_no_serious_accessibility_finding(visits, page):
    visit = visits(page)
    found = {"light": visit.light, "dark": visit.dark, "phone": visit.phone}
    assert {view: look["violations"] for view, look in found.items() if look["violations"]} == {}


@each_page
def test_pictures_are_there_and_described_and_figures_have_captions(visits, page):
    for picture in visits(page).light["pictures"]:
        assert not picture["broken"], picture
        assert len(picture["alt"]) >= 30, picture
    assert all(len(caption) >= 30 for caption in visits(page).light["captions"])


@each_page
def test_static_figures_are_drawn_for_the_theme_and_the_width(visits, page):
    seen = {"wide-light": visits(page).light, "wide-dark": visits(page).dark, "narrow-dark": visits(page).phone}
    for rendering, look in seen.items():
        drawn = [picture for picture in look["pictures"] if picture["rendering"]]
        assert {picture["rendering"] for picture in drawn} <= {rendering}
        assert {(picture["filter"], picture["padding"]) for picture in drawn} <= {("none", "0px")}
        assert len(drawn) == figures(page)


def figures(page):
    """Number of the page's cells, or of its directives, that draw a figure."""
    path = ROOT / page.replace(".html", ".ipynb")
    if not path.exists():
        text = path.with_suffix(".md").read_text(encoding="utf-8") if path.with_suffix(".md").exists() else ""
        return len(re.findall(r"^```\{speed\} (?:rows|growth)$", text, flags=re.MULTILINE))
    cells = nbformat.read(path, as_version=4).cells
    return sum("figure" in cell.metadata.get("mystnb", {}) for cell in cells if "plt.show()" in cell.source)


@each_page
def test_page_is_light_to_load(visits, page):
    assert sum(map(compressed, visits(page).loaded)) < FIRST_VIEW
    assert (SITE / page).stat().st_size < CHAPTER


WATCH = """new PerformanceObserver((list) => {
  const shifts = list.getEntries().filter((entry) => !entry.hadRecentInput);
  window.shift = shifts.reduce((sum, { value }) => sum + value, window.shift ?? 0);
}).observe({ type: "layout-shift", buffered: true });"""
SCROLL = """async () => {
  for (let y = 0; y < document.documentElement.scrollHeight; y += 0.9 * innerHeight) {
    scrollTo(0, y);
    await new Promise((done) => setTimeout(done, 40));
  }
  return [window.shift ?? 0, document.scrollingElement.scrollWidth - innerWidth];
}"""


@pytest.mark.parametrize("width", [360, 390, 768, 1440])
@each_page
def test_page_holds_still_and_fits_while_it_is_read(browser, site, page, width):
    for _ in range(3):  # on a busy machine formulas may come after the reader; a page that jumps does so each time
        context = browser.new_context(viewport={"width": width, "height": 800}, reduced_motion="reduce")
        tab = context.new_page()
        tab.add_init_script(WATCH)
        tab.goto(f"{site}/{page}", wait_until="load")
        shift, overflow = tab.evaluate(SCROLL)
        context.close()
        assert overflow <= 0
        if shift < 0.02:
            break
    assert shift < 0.02


def test_a_page_that_jumps_is_noticed(browser, tmp_path):
    late = "setTimeout(() => document.body.prepend(Object.assign(new Image(), { height: 300 })), 100)"
    (tmp_path / "jump.html").write_text(f"<body>{'<p>words</p>' * 99}<script>{late}</script>", encoding="utf-8")
    context = browser.new_context(viewport=PHONE)
    tab = context.new_page()
    tab.add_init_script(WATCH)
    tab.goto((tmp_path / "jump.html").as_uri(), wait_until="load")
    tab.wait_for_timeout(500)
    assert tab.evaluate("window.shift") > 0.1
    context.close()


ANCHORS = [
    "chapters/sgd.html#large-steps-do-it-without-noise",
    "chapters/sgld.html#the-second-experiment-logistic-regression",
    "chapters/neal-1992.html#figure-4-without-the-test",
    "chapters/dictionary.html#term-entropy",
]


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("address", ANCHORS)
def test_a_page_holds_still_where_it_is_opened(browser, site, address, size):
    """Formulas above the place that was asked for are set before it is shown."""
    context = browser.new_context(viewport=size, reduced_motion="reduce")
    tab = context.new_page()
    tab.add_init_script(WATCH)
    tab.goto(f"{site}/{address}", wait_until="load")
    tab.wait_for_function("!('arriving' in document.documentElement.dataset)")
    tab.wait_for_timeout(300)
    place = tab.locator(f"#{address.partition('#')[2]}").bounding_box()["y"]
    assert 0 <= place < 0.3 * size["height"]
    assert tab.evaluate("window.shift ?? 0") < 0.02
    context.close()


WIDTHS = """() => [...document.querySelectorAll("span.math[style] > mjx-container")].map((formula) => {
  const { style } = formula.parentElement, size = parseFloat(getComputedStyle(formula.parentElement).fontSize);
  return parseFloat(style.getPropertyValue("--set")) * size / formula.getBoundingClientRect().width;
})"""


def test_formulas_have_had_about_the_room_that_they_take(browser, site):
    context = browser.new_context(viewport=DESKTOP)
    tab = context.new_page()
    tab.goto(f"{site}/chapters/sgd.html", wait_until="load")
    tab.wait_for_selector("mjx-container", state="attached")
    tab.evaluate("MathJax.startup.promise")
    shares = sorted(tab.evaluate(WIDTHS))
    assert len(shares) > 50 and 0.9 < shares[len(shares) // 2] < 1.1
    assert sum(0.7 < share < 1.4 for share in shares) > 0.9 * len(shares)
    context.close()


def test_captions_say_where_panels_are(browser, site):
    for width, words in ((390, "Top: "), (1440, "Left: ")):
        context = browser.new_context(viewport={"width": width, "height": 800})
        tab = context.new_page()
        tab.goto(f"{site}/chapters/work.html", wait_until="load")
        assert words in tab.locator("figure:has(picture) figcaption").first.inner_text()
        context.close()


def test_a_formula_wider_than_a_phone_ends_in_a_shade(browser, site):
    context = browser.new_context(viewport={"width": 360, "height": 740}, reduced_motion="reduce")
    tab = context.new_page()
    tab.goto(f"{site}/chapters/sgd.html", wait_until="load")
    tab.wait_for_selector(".wide-formula")
    wide = tab.locator(".wide-formula").first.element_handle()  # this one, also once it has lost its class
    assert "gradient" in wide.evaluate("formula => getComputedStyle(formula).maskImage")
    wide.evaluate("formula => { formula.scrollLeft = 9999; }")
    tab.wait_for_function("formula => !formula.classList.contains('wide-formula')", arg=wide)
    context.close()


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_static_figure_opens_larger_over_the_page(browser, site, scheme, size):
    context = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    tab = context.new_page()
    tab.goto(f"{site}/chapters/work.html", wait_until="load")
    tab.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
    link = tab.locator("a.enlarge:visible").first
    small = link.locator("img").bounding_box()["width"]
    link.click()
    picture = tab.locator("dialog.enlarged img")
    picture.evaluate("picture => picture.decode()")
    assert f"wide-{scheme}" in picture.get_attribute("src")
    assert picture.get_attribute("alt") == link.locator("img").get_attribute("alt")
    assert picture.evaluate("picture => getComputedStyle(picture).filter") == "none"
    assert picture.bounding_box()["width"] > 1.3 * small
    assert violations(tab) == []
    tab.keyboard.press("Escape")
    assert tab.locator("dialog.enlarged").count() == 0 and link.evaluate("link => link === document.activeElement")
    link.press("Enter")
    tab.get_by_role("button", name="Close").click()
    assert tab.locator("dialog.enlarged").count() == 0
    link.press("Enter")
    picture.wait_for()
    before = tab.evaluate("[history.length, scrollY]")
    tab.evaluate("history.back()")
    picture.wait_for(state="detached")
    assert tab.url.endswith("/chapters/work.html") and tab.evaluate("[history.length, scrollY]") == before
    context.close()


BAD_PAGE = """<!doctype html><title>bad</title><body class="bd-article">
<p style="color: #ccc; background: #fff">pale</p> <div style="width: 900px">wide</div> <img src="missing.png">
<script>console.error("broken");</script> <script src="http://elsewhere.invalid/x.js"></script>"""


def test_a_bad_page_is_noticed(tab, tmp_path):
    (tmp_path / "bad.html").write_text(BAD_PAGE, encoding="utf-8")
    visit = Visit(tab, (tmp_path / "bad.html").as_uri())
    assert "broken" in visit.errors and any("missing.png" in error for error in visit.errors)
    assert other_hosts(visit) == {"elsewhere.invalid"}
    assert visit.phone["overflow"] > 0
    assert visit.light["pictures"][0]["broken"] and visit.light["pictures"][0]["alt"] == ""
    assert {"color-contrast", "image-alt"} <= {line.split(":")[0] for line in visit.light["violations"]}


# The figures that compute in the page, one for each module of widgets/ that has a default export.
# With motion reduced, a picture changes only when its reader changes something.

FIGURES = sorted(path.stem for path in (ROOT / "code/sgdphysics/widgets").glob("*.js"))
SPOKEN = "figure => figure.querySelector('[aria-live=polite]').textContent.trim()"
PICTURE = "figure => figure.querySelector('canvas').toDataURL()"
COLORS = """figure => {
  const c = figure.querySelector('canvas');
  return new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size;
}"""


@cache
def page_of(name):
    """The first page that holds the live figure ``name``."""
    for page in pages():
        if re.search(f'<figure[^>]* data-live="{name}"', (SITE / page).read_text(encoding="utf-8")):
            return page
    pytest.fail(f"no page of the book shows the figure {name}")


class Live:
    """A live figure on a page, scrolled into view."""

    def __init__(self, tab, name, address, motion="reduce"):
        tab.set_viewport_size(DESKTOP)
        tab.emulate_media(color_scheme="light", reduced_motion=motion)
        tab.goto(f"{address}/{page_of(name)}", wait_until="load")
        self.tab, self.figure = tab, tab.locator(f'figure.live[data-live="{name}"]').first
        self.figure.scroll_into_view_if_needed()
        tab.wait_for_selector(f'figure.live[data-live="{name}"][data-ready="true"]', state="attached")
        assert self.figure.evaluate(COLORS) > 3, "an empty picture"

    def sliders(self):
        sliders = self.figure.locator("input[type=range]").all()
        assert sliders
        return sliders

    def picture(self):
        return self.figure.evaluate(PICTURE)

    def settled(self):
        """The picture, once it stands still."""
        picture, limit = self.picture(), time.monotonic() + 120 * PATIENCE
        while time.monotonic() < limit:
            self.tab.wait_for_timeout(150)
            before, picture = picture, self.picture()
            if picture == before:
                return picture
        pytest.fail("the picture moves though motion is reduced")

    def changes_from(self, picture):
        """Wait for a picture that is another one."""
        self.tab.wait_for_function(
            f"([figure, picture]) => ({PICTURE})(figure) !== picture", arg=[self.handle(), picture]
        )

    def says(self, other_than=""):
        """The spoken sentence, once it has become another one."""
        spoken = f"([figure, before]) => ![before, ''].includes(({SPOKEN})(figure))"
        self.tab.wait_for_function(spoken, arg=[self.handle(), other_than])
        sentence = self.figure.evaluate(SPOKEN)
        assert len(sentence) >= 20, sentence
        assert not any(word in sentence for word in ("NaN", "undefined", "null", "Infinity")), sentence
        return sentence

    def handle(self):
        return self.figure.element_handle()


each_figure = pytest.mark.parametrize("name", FIGURES)


@each_figure
def test_figure_obeys_the_keyboard(tab, site, name):
    live = Live(tab, name, site)
    for slider in live.sliders():
        before, sentence, value = live.settled(), live.says(), slider.input_value()
        slider.focus()
        key = "ArrowLeft" if float(value) == float(slider.get_attribute("max")) else "ArrowRight"
        for _ in range(5):
            slider.press(key)
        assert slider.input_value() != value
        live.changes_from(before)
        live.says(other_than=sentence)


@each_figure
def test_figure_obeys_the_mouse(tab, site, name):
    live = Live(tab, name, site)
    for slider in reversed(live.sliders()):  # a start matters where there are two minima, as at first
        before, value, box = live.settled(), slider.input_value(), slider.bounding_box()
        middle = (float(slider.get_attribute("min")) + float(slider.get_attribute("max"))) / 2
        share = 0.2 if float(value) > middle else 0.8
        slider.click(position={"x": share * box["width"], "y": box["height"] / 2})
        assert slider.input_value() != value
        live.changes_from(before)


@each_figure
def test_figure_buttons_do_something(tab, site, name):
    live = Live(tab, name, site)
    if name == "average":  # its button leads back to the best mean, where it begins
        live.figure.locator("input[name=trial]").press("ArrowLeft")
    for button in live.figure.locator("button:visible").all():
        before, label = live.settled(), button.inner_text()
        button.click()
        live.changes_from(before)
        if button.inner_text() != label:  # a switch, such as Run and Pause: back to where it was
            button.click()


@each_figure
def test_figure_with_a_clock_moves_by_itself(tab, site, name):
    live = Live(tab, name, site, motion="no-preference")
    if live.figure.locator("button:visible", has_text="Pause").count():
        live.changes_from(live.picture())
    else:
        before = live.settled()
        tab.wait_for_timeout(600)
        assert live.picture() == before


@each_figure
def test_figure_runs_from_a_file(tab, site, name):
    Live(tab, name, SITE.as_uri())


@each_figure
def test_figure_shows_a_described_picture_without_scripts(browser, site, name):
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    tab = context.new_page()
    tab.goto(f"{site}/{page_of(name)}")
    picture = tab.locator(f'figure.live[data-live="{name}"] img').first
    assert picture.is_visible() and picture.bounding_box()["height"] > 100
    assert len(picture.get_attribute("alt")) >= 30
    context.close()
