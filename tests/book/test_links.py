"""What `make links` finds: an address that is gone, on a small book, with a server of this machine for the network."""

import functools
import http.server
import threading

import book
import pytest
from conftest import QuietHandler
from test_evidence import build, write_book


@pytest.fixture
def web(tmp_path):
    """Address of a server that has one page, there.html."""
    (tmp_path / "there.html").touch()
    handler = functools.partial(QuietHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_an_address_that_is_gone_is_noticed(tmp_path_factory, web):
    folder = tmp_path_factory.mktemp("links")
    write_book(folder, {})
    page = "# Small book\n\n[there]({0}/there.html) and [gone]({0}/gone.html) and [within](checked.md)\n"
    (folder / "intro.md").write_text(page.format(web), encoding="utf-8")
    code, text = build(folder, "--builder", "linkcheck")
    assert code != 0
    broken = [line for line in text.splitlines() if ") broken " in line]
    assert len(broken) == 1 and f"{web}/gone.html" in broken[0]
    assert f"ok        {web}/there.html" in text


def test_of_a_work_its_record_is_asked_for():
    record = book.doi_record(None, "https://doi.org/10.1103/PhysRevLett.78.2690")
    assert record == "https://doi.org/api/handles/10.1103/PhysRevLett.78.2690"
    assert book.doi_record(None, "https://arxiv.org/abs/1") is None
