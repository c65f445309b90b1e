"""The page of speed shows what the stored results say, in the place of each directive and role."""

import json
import re
import shutil

import pytest
import speed
import yaml
from bs4 import BeautifulSoup
from conftest import ROOT
from test_evidence import build, write_book

STORED = json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page in a book of its own, from results that differ from the stored ones, and the folder of its site."""
    folder = tmp_path_factory.mktemp("speed")
    write_book(folder, {})
    for name in ("chapters", "benchmarks"):
        (folder / name).mkdir()
    shutil.copy(ROOT / "chapters" / "speed.md", folder / "chapters")
    toc = yaml.safe_load((folder / "_toc.yml").read_text(encoding="utf-8"))
    toc["chapters"].append({"file": "chapters/speed"})
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    (folder / "benchmarks" / "results.json").write_text(json.dumps(slower(STORED)), encoding="utf-8")
    code, text = build(folder)
    assert code == 0, text
    site = folder / "_build" / "html"
    return BeautifulSoup((site / "chapters" / "speed.html").read_text(encoding="utf-8"), "html.parser"), site


def slower(results):
    """All other sides 3 times as slow as in the results, on another machine."""
    results = json.loads(json.dumps(results))
    for row in results["rows"].values():
        for side in row["sides"][1:]:
            row["times"][side] = {key: 3 * value for key, value in row["times"][side].items()}
    results["machine"]["processor"] = "Abacus"
    return results


def test_every_row_stands_in_the_table(page):
    rows = page[0].select("#speed-rows tbody tr")
    assert len(rows) == len(STORED["rows"])
    for line, row in zip(rows, slower(STORED)["rows"].values(), strict=True):
        for side in row["sides"]:
            assert f"{side}: {speed.in_units(row['times'][side])}" in line.text
    assert "Abacus" in page[0].text


def test_numbers_in_the_text_are_those_of_the_results(page):
    text = (ROOT / "chapters" / "speed.md").read_text(encoding="utf-8")
    asked = re.findall(r"\{speed\}`([^`]+)`", text)
    assert asked
    for where in asked:
        found = speed.ratio(slower(STORED), *where.split("/"))
        assert f"{found:.2g}" in page[0].text or f"{found:.0f}" in page[0].text


def test_a_ratio_is_of_times_over_the_books():
    rows = {"row": {"sides": ["ours", "theirs"], "times": {"ours": {"median": 2.0}, "theirs": {"median": 3.0}}}}
    results = {"rows": rows, "cases": [{"cases": 1, "SGLD": 4.0}, {"cases": 2, "SGLD": 5.0}, {"cases": 3}]}
    assert speed.ratio(results, "row", "theirs") == 1.5
    assert speed.ratio(results, "cases", "SGLD") == 1.25


def test_each_figure_has_four_renderings(page):
    soup, site = page
    for name in speed.DRAWN:
        figure = soup.select_one(f"#fig-speed-{name}")
        images = [
            *(source["srcset"] for source in figure.select("source")),
            *(img["src"] for img in figure.select("img")),
        ]
        assert len(set(images)) == 4
        assert all((site / "chapters" / image).resolve().exists() for image in images)
        assert {img["alt"] for img in figure.select("img")} == {speed.ALTS[name]}


@pytest.mark.parametrize(
    ("median", "shown"),
    [(2.34567, "2.35 s"), (0.0123, "12.3 ms"), (4.5e-6, "4.5 µs"), (3e-9, "3 ns"), (4e-10, "0.4 ns")],
)
def test_times_are_shown_in_units_that_fit(median, shown):
    assert speed.in_units({"low": median, "median": median, "high": median}).startswith(f"{shown} (")
