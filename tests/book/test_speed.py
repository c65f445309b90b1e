"""The page of speed shows what the stored results say, in the place of each directive and role."""

import json
import re
import shutil

import numpy as np
import pytest
import speed
import yaml
from bs4 import BeautifulSoup
from conftest import ROOT
from test_evidence import build, write_book

PAGE = (ROOT / "chapters" / "speed.md").read_text(encoding="utf-8")
STORED = json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page in a book of its own, from results that differ from the stored ones, and the folder of its site."""
    folder = tmp_path_factory.mktemp("speed")
    write_book(folder, {})
    for name in ("chapters", "benchmarks"):
        (folder / name).mkdir()
    shutil.copy(ROOT / "chapters" / "speed.md", folder / "chapters")
    named = sorted({row["chapter"] for row in STORED["rows"].values()})
    for name in named:
        (folder / "chapters" / f"{name}.md").write_text(f"# Title of {name}\n", encoding="utf-8")
    toc = yaml.safe_load((folder / "_toc.yml").read_text(encoding="utf-8"))
    toc["chapters"] += [{"file": f"chapters/{name}"} for name in (*named, "speed")]
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
        link = line.select_one("a")
        assert (link.text, link["href"]) == (f"Title of {row['chapter']}", f"{row['chapter']}.html")
        ways, times, ratios = ([each.text for each in cell.select(".line")] for cell in line.select("td")[1:])
        assert ways == ["the book", *row["sides"][1:], *(["numpy alone"] if "floor" in row["times"] else [])]
        assert times == [speed.in_units(time) for time in row["times"].values()]
        one = row["times"][row["sides"][0]]["median"]
        assert ratios == [speed.shown(time["median"] / one) for time in row["times"].values()]
    assert "Abacus" in page[0].text
    assert STORED["rows"]["lattice"]["date"] in page[0].text


def verdicts():
    """{bold words that a point of "Who wins where" begins with: [(row, side) named in it]}."""
    section = PAGE.partition("## Who wins where")[2].partition("\n## ")[0]
    points = re.findall(r"^- \*\*(.*?)\*\*(.*?)(?=^- |^$|\Z)", section, flags=re.DOTALL | re.MULTILINE)
    return {words: re.findall(r"\{speed\}`([^/`]+)/([^`]+)`", text) for words, text in points}


def test_each_side_stands_in_a_point_that_its_time_allows():
    """The bounds overlap, so that what lies between two points may stand in either."""
    between = {"Others are ahead.": (0, 0.85), "It hardly matters.": (0.7, 1.4), "The book is ahead.": (1.2, np.inf)}
    rows, said = STORED["rows"], verdicts()
    assert sorted(pair for words in between for pair in said[words]) == sorted(
        (name, side) for name, row in rows.items() for side in row["sides"][1:]
    )
    for words, (low, high) in between.items():
        for name, side in said[words]:
            assert low <= speed.ratio(STORED, name, side) < high, f"{name}, {side}: not in the point “{words}”"


def test_the_rows_named_are_those_of_which_numpy_alone_takes_less_than_half():
    named = [name for pairs in verdicts().values() for name, side in pairs if side == "floor"]
    floors = {name: row for name, row in STORED["rows"].items() if "floor" in row["times"]}
    assert sorted(named) == sorted(name for name in floors if speed.ratio(STORED, name, "floor") < 1 / 2)


def test_what_the_text_says_of_growth_holds():
    """Who is ahead with one chain and with many; how steps grow with the number of cases; what is kept in memory."""
    assert speed.ratio(STORED, "chains-1", "BlackJAX") < 1 / 4
    assert all(3 / 4 < speed.ratio(STORED, "chains-10000", side) < 3 / 2 for side in ("BlackJAX", "numpy loop"))
    assert 1.2 < speed.ratio(STORED, "cases", "SGLD") < 4
    assert speed.ratio(STORED, "cases", "whole gradient") > 1000
    assert all(1 <= row["peak"] / row["kept"] < 2 for row in STORED["memory"])


def test_the_text_names_the_bound_of_the_comparison():
    source = (ROOT / "benchmarks" / "side_by_side.py").read_text(encoding="utf-8")
    (bound,) = re.findall(r"^MOST_Z = ([\d.]+)", source, flags=re.MULTILINE)
    assert f"within {float(bound):g} standard errors" in " ".join(PAGE.split())


def test_numbers_in_the_text_are_those_of_the_results(page):
    asked = re.findall(r"\{speed\}`([^`]+)`", PAGE)
    assert asked
    for where in asked:
        found = speed.ratio(slower(STORED), *where.split("/"))
        assert speed.shown(found) in page[0].text


def test_a_ratio_is_of_times_over_the_books():
    rows = {"row": {"sides": ["ours", "theirs"], "times": {"ours": {"median": 2.0}, "theirs": {"median": 3.0}}}}
    results = {"rows": rows, "cases": [{"cases": 1, "SGLD": 4.0}, {"cases": 2, "SGLD": 5.0}]}
    results["chains"] = [{"chains": n, "dynamics.langevin": 3.0, "other": 3.0 * n} for n in (1, 10)]
    assert speed.ratio(results, "row", "theirs") == 1.5
    assert speed.ratio(results, "cases", "SGLD") == 1.25
    assert speed.ratio(results, "chains-10", "other") == 10


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
    ("number", "shown"), [(0.0284, "0.028"), (0.4, "0.40"), (1.03, "1.0"), (9.94, "9.9"), (9.96, "10"), (323.4, "323")]
)
def test_ratios_are_shown_with_two_digits(number, shown):
    assert speed.shown(number) == shown


@pytest.mark.parametrize(
    ("median", "shown"),
    [(2.34567, "2.35 s"), (0.0123, "12.3 ms"), (4.5e-6, "4.5 µs"), (3e-9, "3 ns"), (4e-10, "0.4 ns")],
)
def test_times_are_shown_in_units_that_fit(median, shown):
    assert speed.in_units({"low": median, "median": median, "high": median}) == shown
