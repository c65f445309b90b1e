"""The gallery in a real browser: each live figure on a page of its own, from a file, on a projector and in a frame."""

import csv
import io
import re
from contextlib import contextmanager

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from conftest import CHAPTERS, ROOT, SITE, missing
from PIL import Image
from test_evidence import CHAPTERS as SMALL
from test_evidence import build, write_book
from test_site import violations

GALLERY = CHAPTERS / "gallery.md"
WIDGETS = ROOT / "code/sgdphysics/widgets"
CARD = re.compile(r"```\{live-figure\} (\S+)\n:chapter: (\S+)\n(?::script: (\S+)\n)?([^`]+)```")
CARDS = CARD.findall(GALLERY.read_text(encoding="utf-8"))
SIZES = {"projector": (1920, 1080), "laptop": (1280, 720), "frame": (640, 560), "phone": (344, 860)}
READY = "document.querySelector('figure.live')?.dataset.ready === 'true'"
OVERFLOW = """() => {
  const [page, figure] = [document.scrollingElement, document.querySelector("figure.live")];
  const tall = Math.max(page.scrollHeight - innerHeight, figure.scrollHeight - figure.clientHeight);
  const wide = Math.max(page.scrollWidth - innerWidth, figure.scrollWidth - figure.clientWidth);
  const within = [...figure.querySelectorAll("canvas, input, button, .live-from, .live-says")].every((part) => {
    const { bottom, right } = part.getBoundingClientRect();
    return bottom <= innerHeight + 1 && right <= innerWidth + 1;
  });
  return within ? Math.max(tall, wide) : Infinity;
}"""

each_figure = pytest.mark.parametrize("name", [name for name, *_ in CARDS])
each_size = pytest.mark.parametrize("size", SIZES)


def address(name):
    """Of the page of a figure, as a file."""
    page = SITE / "figures" / f"{name}.html"
    if not (SITE / "index.html").exists():
        missing("the site is not built: run  make book")
    return page.as_uri()


@contextmanager
def opened(browser, address, size="laptop", **settings):
    """A tab on a figure's page, once it runs; at the end there must have been no error and no other request."""
    complaints = []
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, **settings)
    tab = context.new_page()
    tab.on("console", lambda said: said.type in ("error", "warning") and complaints.append(said.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    page = address.partition("#")[0]
    own = (page, "data:", "blob:")
    tab.on("request", lambda sent: sent.url.startswith(own) or complaints.append(sent.url))
    tab.goto(address)
    tab.wait_for_function(READY)
    yield tab
    context.close()
    assert complaints == []


def test_every_live_figure_of_the_chapters_has_a_card():
    shown = []
    for path in sorted(CHAPTERS.glob("*.ipynb")):
        code = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
        names = [
            name.lower()
            for name in re.findall(r"^widgets\.(\w+)\($|^widgets\.(\w+)\(\)$", code, re.M)
            for name in name
            if name
        ]
        shown += [(path.stem, name) for name in names]
    assert sorted((chapter, script or name) for name, chapter, script, _ in CARDS) == sorted(shown)
    assert {path.stem for path in WIDGETS.glob("*.js")} == {script or name for name, _, script, _ in CARDS}


@each_figure
def test_a_card_asks_one_sentence(name):
    (text,) = [" ".join(text.split()) for card, _, _, text in CARDS if card == name]
    assert re.fullmatch(r"Ask\b[^.]{30,}\.", text)


@each_size
@each_figure
def test_a_figures_page_fits_the_screen(browser, name, size):
    with opened(browser, address(name), size, reduced_motion="reduce") as tab:
        assert tab.evaluate(OVERFLOW) <= 0
        share = 0.26 if size == "phone" else 0.39
        assert tab.locator(".live-stage").bounding_box()["height"] > share * SIZES[size][1]
        for slider in tab.locator("input").all():
            for key in ("End", "Home"):
                slider.press(key)
                assert tab.evaluate(OVERFLOW) <= 0, tab.locator(".live-says").inner_text()


def test_a_page_that_does_not_fit_or_asks_elsewhere_is_noticed(browser):
    with pytest.raises(AssertionError, match="elsewhere.invalid"), opened(browser, address("knob")) as tab:
        tab.evaluate("document.querySelector('.live-says').style.minHeight = '600px'")
        assert tab.evaluate(OVERFLOW) > 0
        tab.evaluate("fetch('https://elsewhere.invalid/').catch(() => {})")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@each_figure
def test_a_figures_page_follows_the_system_and_can_be_read_by_everyone(browser, name, scheme):
    with opened(browser, address(name), color_scheme=scheme, reduced_motion="reduce") as tab:
        background = tab.locator("figure.live").evaluate("figure => getComputedStyle(figure).backgroundColor")
        assert background == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 24, 30)"}[scheme]
        assert violations(tab) == []


@each_figure
def test_a_copied_address_restores_the_figure(browser, name):
    with opened(browser, address(name), reduced_motion="reduce") as tab:
        slider = tab.locator("input").first
        before = slider.input_value()
        slider.press("ArrowLeft" if slider.evaluate("it => it.valueAsNumber === Number(it.max)") else "ArrowRight")
        tab.wait_for_function("location.hash.startsWith('#figure=')")
        copied, value = tab.url, slider.input_value()
        assert value != before
    with opened(browser, copied, reduced_motion="reduce") as tab:
        assert tab.locator("input").first.input_value() == value


def saved(tab, button):
    """Name and content of the file that a button saves."""
    with tab.expect_download() as download:
        tab.get_by_role("button", name=button).click()
    return download.value.suggested_filename, download.value.path().read_bytes()


@each_figure
def test_the_picture_is_saved_as_it_is_seen(browser, name):
    with opened(browser, address(name), reduced_motion="reduce") as tab:
        first = tab.locator("input").first
        file, content = saved(tab, "Save picture")
        assert file.endswith(".png") and f" {first.get_attribute('name')}={first.input_value()}" in file
        canvas = tab.locator("canvas")
        picture = Image.open(io.BytesIO(content)).convert("RGB")
        assert list(picture.size) == canvas.evaluate("canvas => [canvas.width, canvas.height]")
        assert len(picture.getcolors(picture.width * picture.height)) > 20


@each_figure
def test_the_data_are_saved_under_their_names(browser, name):
    script = next(script or card for card, _, script, _ in CARDS if card == name)
    source = (WIDGETS / f"{script}.js").read_text(encoding="utf-8")
    named = re.search(r"columns: \[(.*?)\]", source)
    with opened(browser, address(name), reduced_motion="reduce") as tab:
        if not named:
            assert script == "frames" and tab.get_by_role("button", name="Save data").count() == 0
            return
        file, content = saved(tab, "Save data")
    head, *rows = csv.reader(io.StringIO(content.decode("utf-8")))
    assert file.endswith(".csv") and head == re.findall(r'"([^"]+)"', named[1])
    assert rows and all(len(row) == len(head) for row in rows)
    assert all(float(number) == float(number) for row in rows for number in row if number)


def page(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def snippet(name):
    """The lines of the gallery that embed a figure, with the address that they have here."""
    link = page(SITE / "chapters/gallery.html").select_one(f'.live-card a[href$="figures/{name}.html"]')
    lines = link.find_parent(class_="live-card").pre.get_text()
    return re.sub(r'src="[^"]*/?figures/', f'src="{SITE.as_uri()}/figures/', lines)


@each_figure
def test_the_lines_of_the_gallery_embed_the_figure(browser, tmp_path, name):
    address(name)
    host = tmp_path / "host.html"
    host.write_text(f"<!doctype html><title>A page of yours</title><p>Words.</p>{snippet(name)}", encoding="utf-8")
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    tab, complaints = context.new_page(), []
    tab.on("console", lambda said: said.type in ("error", "warning") and complaints.append(said.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto(host.as_uri())
    (frame,) = tab.main_frame.child_frames
    frame.wait_for_function(READY)
    assert frame.evaluate("[innerWidth, innerHeight]") == [640, 560]
    assert frame.evaluate(OVERFLOW) <= 0 and frame.get_by_role("button", name="Enlarge").is_visible()
    assert complaints == []
    context.close()


def test_the_lines_are_copied_by_a_button(browser, site):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    tab = context.new_page()
    tab.goto(f"{site}/chapters/gallery.html", wait_until="networkidle")
    card = tab.locator(".live-card").first
    card.locator("summary").click()
    card.locator("pre").hover()
    card.locator("button.copybtn").click()
    tab.wait_for_function("navigator.clipboard.readText().then((text) => text.startsWith('<iframe '))")
    assert tab.evaluate("navigator.clipboard.readText()").strip() == card.locator("pre").inner_text().strip()
    context.close()


def test_a_frame_has_the_height_that_its_width_needs(browser):
    """As the lines give it to another page: on a phone the panels stand behind tabs, with the controls in a column."""
    address("stove")
    lines = page(SITE / "chapters/gallery.html").select_one(".live-card pre").text
    heights = {}
    for screen in (375, 590, 1280):
        tab = browser.new_page(viewport={"width": screen, "height": 800})
        tab.set_content(re.sub(r'src="[^"]*"', "", lines))
        heights[screen] = tab.locator("iframe").bounding_box()["height"]
        tab.close()
    assert heights == {375: SIZES["phone"][1], 590: SIZES["phone"][1], 1280: SIZES["frame"][1]}


@each_figure
def test_the_way_leads_to_the_figure_in_its_chapter(name):
    address(name)
    chapter = next(chapter for card, chapter, *_ in CARDS if card == name)
    link = page(SITE / f"figures/{name}.html").select_one(".live-from a")["href"]
    file, _, anchor = link.partition("#")
    assert file.endswith(f"chapters/{chapter}.html")
    script = next(script or card for card, _, script, _ in CARDS if card == name)
    assert page(SITE / f"chapters/{chapter}.html").select_one(f'#{anchor} figure.live[data-live="{script}"]')


# What a small book does where it knows its address, and where a card names a figure that its chapter does not show.


def test_a_published_book_gives_whole_addresses_and_a_wrong_card_is_noticed(tmp_path):
    shows = ("from sgdphysics import widgets\n\nwidgets.knob()", ["hide-input", "nbval-ignore-output"])
    write_book(tmp_path, {"second": [*SMALL["second"], ("## The knob", None), shows]})
    cards = [f"```{{live-figure}} {name}\n:chapter: second\nAsk why.\n```" for name in ("knob", "stove")]
    (tmp_path / "gallery.md").write_text("# Gallery\n\n## Turn it\n\n" + "\n\n".join(cards), encoding="utf-8")
    toc, config = (yaml.safe_load((tmp_path / name).read_text("utf-8")) for name in ("_toc.yml", "_config.yml"))
    toc["chapters"].append({"file": "gallery"})
    config["sphinx"]["config"]["html_baseurl"] = "https://book.example/"
    (tmp_path / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    (tmp_path / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    code, text = build(tmp_path)
    assert code != 0 and re.findall(r"WARNING: (.*)", text) == ["second shows no live figure stove"]
    html = tmp_path / "_build/html"
    gallery, knob = page(html / "gallery.html"), page(html / "figures/knob.html")
    assert 'src="https://book.example/figures/knob.html"' in gallery.select_one(".live-card pre").get_text()
    assert "published" not in gallery.select_one(".live-card").get_text()
    assert knob.select_one(".live-from a")["href"] == "https://book.example/second.html#the-knob"
    assert knob.title.get_text() == "Turn it · Second chapter"
    assert [path.name for path in sorted((html / "figures").iterdir())] == ["knob.html", "knob.webp"]
