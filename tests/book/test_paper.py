"""The book as one PDF: what TeX is given, and, where it is installed, that it makes sheets of it."""

import base64
import io
import re
import shutil

import paper
import pytest
from docutils import nodes
from PIL import Image
from test_evidence import build, write_book

TABLE = "<table><tr><th>method</th></tr><tr><td>Bennett</td></tr></table>"
CHAPTERS = {
    "first": [
        ("# First chapter", None),
        ('from sgdphysics.claims import Claims\nclaims = Claims("first")', ["hide-input"]),
        ("## Section", None),
        ("shown = 1", []),
        ("drawn = 'Δα ⟨x⟩'  # a hand-drawn curve", ["hide-input"]),
        ('claims.close("Balance", 1, 1, atol=1e-9, source="identity")', ["claims"]),
        (f"from IPython.display import HTML\nHTML('{TABLE}')", []),
        ("from sgdphysics import widgets\n\nwidgets.knob()", ["hide-input", "nbval-ignore-output"]),
        ("## What was checked", None),
        ("claims.table()", ["nbval-ignore-output"]),
    ]
}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("paper")
    write_book(folder, CHAPTERS)
    code, text = build(folder, "--builder", "latex")
    assert code == 0, text
    return folder / "_build/latex"


def test_code_that_pages_hide_stays_out_and_their_html_is_set(source):
    (tex,) = source.glob("*.tex")
    text = tex.read_text(encoding="utf-8")
    plain = re.sub(r"\\PYG\{[^}]*\}|[{}]", "", text)
    assert "shown" in plain and "hand-drawn curve" not in plain and "claims.close" not in plain
    assert "PASS  Balance" in text and "Bennett" in text and "Live figure" not in text
    (picture,) = re.findall(r"includegraphics.*?\{\{(\w{16})\}\.png\}", text)
    assert Image.open(source / f"{picture}.png").width > 600


@pytest.mark.skipif(not (shutil.which("latexmk") and shutil.which("xelatex")), reason="needs latexmk and xelatex")
def test_tex_makes_a_pdf_of_it(source):
    code, text = build(source.parents[1], "--builder", "pdflatex")
    assert code == 0, text
    (pdf,) = source.glob("*.pdf")
    assert pdf.read_bytes().startswith(b"%PDF")
    assert "Missing character" not in pdf.with_suffix(".log").read_text(encoding="utf-8", errors="replace")


def test_a_wide_table_is_given_widths():
    table = paper.table([["claim", "z"], ["a sentence of some length", "-1.2"]])
    paper.share_width(table)
    wide, narrow = (column["colwidth"] for column in table.findall(nodes.colspec))
    assert wide > 3 * narrow and "colwidths-given" in table["classes"]


def test_pieces_of_html(tmp_path):
    table, text = paper.set_in_type("<table><tr><th>a</th><td>b</td></tr></table>", tmp_path), None
    assert [entry.astext() for entry in next(table).findall(nodes.entry)] == ["a", "b"]
    (text,) = paper.set_in_type("<div><p>The data:</p><p>digits</p></div>", tmp_path)
    assert text.astext() == "The data: digits"
    assert list(paper.set_in_type("<style>p { color: red }</style><details>", tmp_path)) == []
    webp = io.BytesIO()
    Image.new("RGB", (4, 3), "red").save(webp, format="webp")
    source = f"data:image/webp;base64,{base64.b64encode(webp.getvalue()).decode()}"
    live = f'<figure class="live"><img src="{source}"><figcaption>A <b>pot</b>.</figcaption></figure>'
    image, caption = paper.set_in_type(live, tmp_path)
    assert Image.open(tmp_path / image["uri"]).size == (4, 3) and caption.astext() == "A pot ."
