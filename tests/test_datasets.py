"""The loader of a9a: found, cached, downloaded, verified, or clearly missing; never something else in its name."""

import gzip
import hashlib
import http.client
import io
import os
import urllib.error
from pathlib import Path

import numpy as np
import pytest

from sgdphysics import datasets

LINES = "-1 3:1 11:1 \n+1 1:0.5 123:1\n"


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """No BOOK_DATA, an empty cache, no network, and LINES in the place of a9a."""
    monkeypatch.delenv("BOOK_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setitem(datasets.A9A_SHA256, "a9a", hashlib.sha256(LINES.encode()).hexdigest())
    asked = []

    def refuse(address, timeout):
        asked.append(address)
        raise urllib.error.URLError("no network")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    return asked


def test_reads_libsvm_lines_to_the_width_asked_for():
    x, y = datasets.read_libsvm(LINES, width=123)
    assert x.shape == (2, 123)
    np.testing.assert_array_equal(y, [-1.0, 1.0])
    np.testing.assert_array_equal(np.argwhere(x), [[0, 2], [0, 10], [1, 0], [1, 122]])
    assert x[1, 0] == 0.5
    with pytest.raises(ValueError, match="width must reach the largest feature, got 122 and feature 123 in line 2"):
        datasets.read_libsvm(LINES, width=122)


def test_missing_data_say_where_they_were_looked_for(nowhere, monkeypatch, tmp_path):
    with pytest.raises(datasets.DatasetUnavailableError, match="neither in the user cache, nor could it be downloaded"):
        datasets.a9a()
    assert nowhere == ["https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/a9a"]
    monkeypatch.setenv("BOOK_DATA", str(tmp_path))
    with pytest.raises(datasets.DatasetUnavailableError, match=r"in the folder BOOK_DATA \(.*\) nor in the user cache"):
        datasets.a9a()


def test_the_stand_in_names_itself_and_what_is_missing(nowhere):
    pytest.importorskip("sklearn")
    cases = datasets.a9a_or_digits()
    assert cases.name == "digits"
    assert "a9a is neither in the user cache" in cases.note
    assert "other data: 1,797 digits bundled with scikit-learn" in cases.note
    assert cases.x.shape == (1797, 64)
    assert set(np.unique(cases.x)) == {0.0, 1.0}
    assert set(cases.y) == {-1.0, 1.0}


@pytest.mark.parametrize("packed", [False, True])
def test_book_data_comes_before_the_cache_packed_or_not(nowhere, monkeypatch, tmp_path, packed):
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("BOOK_DATA", str(folder))
    if packed:
        (folder / "a9a.gz").write_bytes(gzip.compress(LINES.encode()))
    else:
        (folder / "a9a").write_text(LINES)
    cases = datasets.a9a_or_digits()
    assert cases.name == "a9a"
    assert cases.note == "2 cases of a9a, from the folder BOOK_DATA."
    assert not nowhere


def test_a_wrong_file_is_refused_and_never_replaced_by_other_data(nowhere, monkeypatch, tmp_path):
    monkeypatch.setenv("BOOK_DATA", str(tmp_path))
    (tmp_path / "a9a").write_text("+1 1:1\n")
    for load in (datasets.a9a, datasets.a9a_or_digits):
        with pytest.raises(ValueError, match="a9a must be a9a with SHA-256 .* got .*; remove or replace it"):
            load()


def test_a_download_is_verified_and_kept(nowhere, monkeypatch):
    monkeypatch.setattr("urllib.request.urlopen", lambda address, timeout: io.BytesIO(LINES.encode()))
    assert "downloaded from LIBSVM's site" in datasets.a9a().note
    assert (datasets.cache_folder() / "a9a").read_text() == LINES
    assert [path.name for path in datasets.cache_folder().iterdir()] == ["a9a"]
    monkeypatch.setattr("urllib.request.urlopen", None)
    assert datasets.a9a().note == "2 cases of a9a, from the user cache."


def test_a_broken_archive_is_named(nowhere, monkeypatch, tmp_path):
    monkeypatch.setenv("BOOK_DATA", str(tmp_path))
    whole = gzip.compress(LINES.encode())
    for broken in (b"<html>moved</html>", whole[:-6], whole[:10] + b"\xff" * 20):
        (tmp_path / "a9a.gz").write_bytes(broken)
        with pytest.raises(ValueError, match="a9a.gz must be a file packed by gzip, got .*; remove or replace it"):
            datasets.a9a_or_digits()


@pytest.fixture
def book(nowhere, monkeypatch, tmp_path):
    """A book whose chapters are the working folder, as that of a kernel, and data/ in its root."""
    (tmp_path / "_config.yml").touch()
    for name in ("chapters", "data", "home"):
        (tmp_path / name).mkdir()
    (tmp_path / "data" / "a9a.gz").write_bytes(gzip.compress(LINES.encode()))
    monkeypatch.chdir(tmp_path / "chapters")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    return tmp_path


@pytest.mark.parametrize("where", ["data", "data/a9a.gz", "~/../data", "./chapters/../data"])
@pytest.mark.parametrize("folder", [".", "chapters"])
def test_book_data_names_the_same_folder_from_wherever_the_kernel_stands(book, monkeypatch, where, folder):
    monkeypatch.chdir(book / folder)
    monkeypatch.setenv("BOOK_DATA", where)
    assert datasets.a9a().note == "2 cases of a9a, from the folder BOOK_DATA."


def test_book_data_that_is_not_there_is_told_with_its_whole_path(book, monkeypatch):
    monkeypatch.setenv("BOOK_DATA", "dota")
    with pytest.raises(datasets.DatasetUnavailableError) as caught:
        datasets.a9a()
    assert f"in the folder BOOK_DATA ({book / 'dota'}, which is no folder) nor in the user cache, nor" in str(
        caught.value
    )
    (book / "dota").mkdir()
    with pytest.raises(datasets.DatasetUnavailableError) as caught:
        datasets.a9a()
    assert f"in the folder BOOK_DATA ({book / 'dota'}) nor in the user cache, nor" in str(caught.value)


def denied(monkeypatch, *folders):
    """Let nothing within these folders be read, written or even looked at, as in the home of another user."""
    for method in ("read_bytes", "stat", "mkdir", "write_bytes", "exists", "is_file", "open"):
        original = getattr(Path, method)

        def guarded(path, *args, original=original, **options):
            if any(folder in (path, *path.parents) for folder in folders):
                raise PermissionError(13, "Permission denied", str(path))
            return original(path, *args, **options)

        monkeypatch.setattr(Path, method, guarded)


def test_places_that_cannot_be_searched_are_named_and_the_search_goes_on(book, monkeypatch):
    pytest.importorskip("sklearn")
    locked, cache = book / "locked", Path(os.environ["XDG_CACHE_HOME"])
    monkeypatch.setenv("BOOK_DATA", str(locked))
    denied(monkeypatch, locked, cache)
    cases = datasets.a9a_or_digits()
    assert cases.name == "digits"
    assert "locked" in cases.note
    assert cases.note.count("Permission denied") == 2
    monkeypatch.setattr("urllib.request.urlopen", lambda address, timeout: io.BytesIO(LINES.encode()))
    assert datasets.a9a().note == "2 cases of a9a, downloaded from LIBSVM's site."


def test_a_folder_of_that_name_is_no_file(book, monkeypatch):
    monkeypatch.setenv("BOOK_DATA", "data")
    (book / "data" / "a9a").mkdir()
    assert datasets.a9a().note == "2 cases of a9a, from the folder BOOK_DATA."  # a9a.gz beside it
    (book / "data" / "a9a.gz").unlink()
    with pytest.raises(datasets.DatasetUnavailableError, match="BOOK_DATA .*a9a: .*nor in the user cache"):
        datasets.a9a()


def test_without_any_home_the_search_goes_on(book, monkeypatch):
    def homeless(cls=None):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.setattr(Path, "expanduser", lambda path: homeless() if str(path).startswith("~") else path)
    with pytest.raises(datasets.DatasetUnavailableError, match=r"the user cache \(Could not determine home"):
        datasets.a9a()
    monkeypatch.setenv("BOOK_DATA", "~/data")
    with pytest.raises(datasets.DatasetUnavailableError, match=r"BOOK_DATA \(Could not determine home"):
        datasets.a9a()
    monkeypatch.setattr("urllib.request.urlopen", lambda address, timeout: io.BytesIO(LINES.encode()))
    assert datasets.a9a().note == "2 cases of a9a, downloaded from LIBSVM's site."


def test_blank_lines_and_comments_are_skipped():
    x, y = datasets.read_libsvm("\n# a9a\n-1 2:1 # two\r\n\n+1\t3:0.5 1:-2e0\n  \n3\n", width=3)
    np.testing.assert_array_equal(x, [[0, 1, 0], [-2, 0, 0.5], [0, 0, 0]])
    np.testing.assert_array_equal(y, [-1, 1, 3])
    assert datasets.read_libsvm("", width=3)[0].shape == (0, 3)


@pytest.mark.parametrize(
    "line",
    ["1 qid:3 1:1", "\ufeff1 1:1", "1,2 1:1", "1 2:", "1 :2", "1 2", "1 1:1:1", "1 0:1", "1 -1:1", "1 1:1 1:1",
     "1 1:nan", "1 1:inf", "nan 1:1", "a9a 1:1", "1 1.0:1", "1 1:1 # 2:2 \n1 x"],
)  # fmt: skip
def test_what_is_not_of_the_format_is_shown_with_its_line(line):
    number = 3 + line.count("\n")
    shown = line.splitlines()[-1]
    with pytest.raises(ValueError, match="text must hold lines .* with different indices from 1, got ") as caught:
        datasets.read_libsvm(f"-1 1:1\n\n{line}\n-1 1:1", width=5)
    assert str(caught.value).endswith(f"got {shown!r} in line {number}")


@pytest.mark.parametrize(
    ("text", "width", "message"),
    [
        (b"1 1:1", 5, "text must be a str, got bytes"),
        ("1 1:1", 0, "width must be an integer of at least 1, got 0"),
        ("\n1 6:1", 5, "width must reach the largest feature, got 5 and feature 6 in line 2"),
    ],
)
def test_bad_arguments_of_the_reader_are_named(text, width, message):
    with pytest.raises(ValueError, match=message):
        datasets.read_libsvm(text, width)


class CutOff(io.BytesIO):
    """An answer that ends too early."""

    def read(self, *size):
        raise http.client.IncompleteRead(b"-1 3:1")


@pytest.mark.parametrize(
    "answer, told",
    [(CutOff(), "IncompleteRead"), (io.BytesIO(b"<html>moved</html>"), "what came must be a9a with SHA")],
)
def test_a_wrong_download_is_none_and_not_kept(nowhere, monkeypatch, answer, told):
    monkeypatch.setattr("urllib.request.urlopen", lambda address, timeout: answer)
    with pytest.raises(datasets.DatasetUnavailableError, match=told):
        datasets.a9a()
    assert not datasets.cache_folder().exists()


def test_a_wrong_download_is_told_beside_the_stand_in(nowhere, monkeypatch):
    pytest.importorskip("sklearn")
    monkeypatch.setattr("urllib.request.urlopen", lambda address, timeout: io.BytesIO(b"<html>moved</html>"))
    cases = datasets.a9a_or_digits()
    assert cases.name == "digits"
    assert "what came must be a9a with SHA-256" in cases.note


def test_a_cache_that_cannot_be_written_does_not_stop_the_book(nowhere, monkeypatch, tmp_path):
    (tmp_path / "cache").write_text("a file where a folder should be")
    monkeypatch.setattr("urllib.request.urlopen", lambda address, timeout: io.BytesIO(LINES.encode()))
    assert len(datasets.a9a().y) == 2


def test_unknown_name():
    with pytest.raises(ValueError, match=r"name must be one of 'a9a', 'a9a.t', got 'a8a'"):
        datasets.a9a("a8a")


def test_the_real_files():
    if not any((Path(os.environ.get("BOOK_DATA", "")) / name).exists() for name in ("a9a", "a9a.gz")):
        pytest.skip("set the environment variable BOOK_DATA to a folder with a9a and a9a.t to run this test")
    train, test = datasets.a9a("a9a"), datasets.a9a("a9a.t")
    assert train.x.shape == (32561, 123)
    assert test.x.shape == (16281, 123)
    assert set(np.unique(train.x)) == {0.0, 1.0}
    assert not test.x[:, 122].any()
    assert np.mean(train.y < 0) == pytest.approx(0.7592, abs=5e-5)
