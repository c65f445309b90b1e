"""Data that the book learns from. What it cannot get it names, and never puts other data in its place in silence."""

import gzip
import hashlib
import http.client
import math
import os
import urllib.request
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sgdphysics import _checks
from sgdphysics.claims import book_root

A9A_ADDRESS = "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/"
A9A_WIDTH = 123  #: features of a9a; the file a9a.t stops at feature 122, so the width cannot be read from it
A9A_SHA256 = {  #: of the unpacked files
    "a9a": "f5d5ffd8d865ff41328e7ee043e4b020816914ff6843ff15b98905ddbedce906",
    "a9a.t": "1f448a153f0320399a7e40836eb207655b0bde0f21fc941cc472193daa9f5de9",
}
ARM_FILE = "data_6darm.mat"
ARM_SHA256 = "4864e1d761faf62e2ccd353cb7aa724642cb6905f0065fec7343d94bb557b7d9"


class DatasetUnavailableError(OSError):
    """A data set is neither at hand nor to be had; the message names the places that were tried.

    >>> from unittest import mock
    >>> with mock.patch.dict("os.environ", BOOK_DATA="a folder that is not there"):
    ...     try:
    ...         mackay_robot_arm()
    ...     except DatasetUnavailableError as error:
    ...         print("no file data_6darm.mat" in str(error))
    True
    """


class BinaryCases(NamedTuple):
    """Cases with labels ±1, and a sentence that names them, to be shown where they are used.

    >>> odd_digits().note
    '1,797 digits bundled with scikit-learn, 64 binary pixels, odd or even.'
    """

    x: np.ndarray  #: (cases, features), no intercept
    y: np.ndarray  #: (cases,), -1 or +1
    name: str
    note: str


def a9a(name="a9a"):
    """The 32,561 cases of a9a (UCI Adult in 123 binary features: does a person earn more than 50,000 dollars a year?).

    Looks for the file ``a9a`` or ``a9a.gz`` in the folder that the environment variable BOOK_DATA names (from the
    book's root on, if it is relative), then in the user's cache, then downloads it from LIBSVM's site into the cache.
    What is found has to match its SHA-256; a download that does not counts as none.

    Parameters
    ----------
    name : "a9a", or "a9a.t" for the 16,281 cases set apart for testing

    Raises
    ------
    DatasetUnavailableError when it is in none of these places; ValueError for a file that is not the data set.

    Examples
    --------
    >>> a9a("a9b")
    Traceback (most recent call last):
    ValueError: name must be one of 'a9a', 'a9a.t', got 'a9b'
    """
    name = _checks.word("name", name, A9A_SHA256)
    text, where = _file(name)
    x, y = read_libsvm(text, A9A_WIDTH)
    return BinaryCases(x, y, name, f"{len(y):,} cases of {name}, {where}.")


def a9a_or_digits():
    """:func:`a9a`, or without it :func:`odd_digits`, whose ``note`` then says what is missing and what stands in.

    >>> cases = a9a_or_digits()
    >>> (cases.name, *cases.x.shape) in [("a9a", 32561, 123), ("digits", 1797, 64)]
    True
    """
    try:
        return a9a()
    except DatasetUnavailableError as error:
        digits = odd_digits()
        return digits._replace(note=f"{error} The same experiment therefore runs on other data: {digits.note}")


def odd_digits():
    """Scikit-learn's 1,797 handwritten digits as binary cases: which pixels are dark, and is the digit odd (+1)?

    >>> cases = odd_digits()
    >>> cases.x.shape, sorted(set(cases.y.tolist())), sorted(set(cases.x.ravel().tolist()))
    ((1797, 64), [-1.0, 1.0], [0.0, 1.0])
    """
    from sklearn.datasets import load_digits

    pixels, digit = load_digits(return_X_y=True)
    x, y = (pixels >= 8).astype(float), np.where(digit % 2, 1.0, -1.0)
    return BinaryCases(x, y, "digits", f"{len(y):,} digits bundled with scikit-learn, 64 binary pixels, odd or even.")


def read_libsvm(text, width):
    """Dense x (cases, width) and y (cases,) from LIBSVM's lines ``label index:value …``, whose indices start at 1.

    Blank lines are skipped, and what follows a #. ValueError, with the line, for anything else.

    >>> x, y = read_libsvm("+1 1:0.5 3:2\\n-1 2:1\\n", width=3)
    >>> x.tolist(), y.tolist()
    ([[0.5, 0.0, 2.0], [0.0, 1.0, 0.0]], [1.0, -1.0])
    """
    width = _checks.integer("width", width, minimum=1)
    if not isinstance(text, str):
        raise ValueError(f"text must be a str, got {type(text).__name__}")
    lines = {number: line.partition("#")[0].split() for number, line in enumerate(text.splitlines(), start=1)}
    lines = {number: words for number, words in lines.items() if words}
    x, y = np.zeros((len(lines), width)), np.empty(len(lines))
    for row, (number, words) in enumerate(lines.items()):
        try:
            y[row], features = _case(*words)
        except ValueError as error:
            raise ValueError(
                'text must hold lines "label index:value …" of finite numbers, with different indices from 1, '
                f"got {' '.join(words)!r} in line {number}"
            ) from error
        if features and max(features) > width:
            raise ValueError(
                f"width must reach the largest feature, got {width} and feature {max(features)} in line {number}"
            )
        x[row, [index - 1 for index in features]] = list(features.values())
    return x, y


def _case(label, *entries):
    """The label and the features {index: value} of one line, or ValueError."""
    pairs = [entry.split(":") for entry in entries]
    features = {int(index): float(value) for index, value in pairs}
    label = float(label)
    if len(features) < len(pairs) or min(features, default=1) < 1:
        raise ValueError
    if not all(map(math.isfinite, (label, *features.values()))):
        raise ValueError
    return label, features


def cache_folder():
    """Where downloads are kept: ``sgdphysics`` in XDG_CACHE_HOME, or in ~/.cache without it.

    RuntimeError if there is no home either.

    >>> cache_folder().name
    'sgdphysics'
    """
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sgdphysics"


def book_data():
    """The folder that BOOK_DATA names, or that of the file it names: from the book's root on if it is relative.

    RuntimeError for a ~ without a home.

    >>> from unittest import mock
    >>> with mock.patch.dict("os.environ", BOOK_DATA="data"):
    ...     print(book_data().is_absolute(), book_data().name)
    True data
    """
    path = book_root() / Path(os.environ["BOOK_DATA"]).expanduser()
    return path.parent if path.is_file() else path


def _file(name):
    """Text of a file of LIBSVM's, and words for where it came from."""
    places = {"user cache": cache_folder}
    if os.environ.get("BOOK_DATA"):
        places = {"folder BOOK_DATA": book_data, **places}
    tried = []
    for where, folder in places.items():
        content, why_not = _look(folder, name)
        if content is not None:
            return content.decode("ascii"), f"from the {where}"
        tried.append(f"in the {where}{why_not}")
    content = _download(name, tried=" nor ".join(tried))
    _keep(name, content)
    return content.decode("ascii"), "downloaded from LIBSVM's site"


def _look(find_folder, name):
    """The verified content of the file in a folder, or None and words for what is wrong with the folder.

    A place that cannot be searched is no reason to stop; a file that is not the data set is.
    """
    try:
        folder = find_folder()
    except (OSError, RuntimeError) as error:
        return None, f" ({error})"
    why_not = ""
    if find_folder is book_data:  # chosen by the user, who may look for a slip
        why_not = f" ({folder}{'' if os.path.isdir(folder) else ', which is no folder'})"
    for path in (folder / name, folder / f"{name}.gz"):
        try:
            return _verified(name, _unpacked(path), path, "; remove or replace it"), ""
        except FileNotFoundError:
            pass
        except OSError as error:
            why_not = f" ({path}: {error.strerror})"
    return None, why_not


def _unpacked(path):
    """Content of the file at ``path``, unpacked if its name ends in .gz."""
    try:
        return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path} must be a file packed by gzip, got {error}; remove or replace it") from error


def _download(name, tried):
    """The file from LIBSVM's site, verified: what a proxy may answer in its place counts as not to be had."""
    try:
        with urllib.request.urlopen(A9A_ADDRESS + name, timeout=10) as answer:
            content = answer.read()
        return _verified(name, content, "what came")
    except (OSError, http.client.HTTPException, ValueError, RuntimeError) as error:  # RuntimeError: in a browser
        raise DatasetUnavailableError(
            f"{name} is neither {tried}, nor could it be downloaded from {A9A_ADDRESS}{name} ({error}); to use "
            f"it, download it there and set the environment variable BOOK_DATA to its folder."
        ) from error


def _keep(name, content):
    """Write ``content`` into the cache, whole or not at all; one that cannot be written is no reason to stop."""
    try:
        folder = cache_folder()
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f"{name}.{os.getpid()}.part"
        part.write_bytes(content)
        part.replace(folder / name)
    except (OSError, RuntimeError):
        pass


def _verified(name, content, source, remedy=""):
    found = hashlib.sha256(content).hexdigest()
    if found != A9A_SHA256[name]:
        raise ValueError(f"{source} must be {name} with SHA-256 {A9A_SHA256[name]}, got {found}{remedy}")
    return content


class ArmCases(NamedTuple):
    """MacKay's robot arm: the angles and the first output of his cases for training and for testing.

    >>> ArmCases._fields
    ('x', 'y', 'x_test', 'y_test')
    """

    x: np.ndarray  #: (200, 2) angles
    y: np.ndarray  #: (200,) first output; the second is not public
    x_test: np.ndarray
    y_test: np.ndarray


def mackay_robot_arm():
    """The robot arm's cases that MacKay (1992) and Neal (1992) used, as far as they are public: an :class:`ArmCases`.

    Looks for the file ``data_6darm.mat`` in the folder that the environment variable BOOK_DATA names. Of its six inputs
    the first two are the angles, the others distractors; its output is y₁.

    Raises
    ------
    DatasetUnavailableError where it is not there; ValueError for a file that is not the data set.

    Examples
    --------
    >>> try:
    ...     arm = mackay_robot_arm()
    ... except DatasetUnavailableError:
    ...     arm = None  # then take sgdphysics.energies.robot_arm.robot_arm_cases
    >>> arm is None or arm.x.shape == (200, 2)
    True
    """
    path = book_data() / ARM_FILE if os.environ.get("BOOK_DATA") else None
    if path is None or not path.is_file():
        raise DatasetUnavailableError(
            f"MacKay's own cases are not at hand: no file {ARM_FILE} is in a folder that BOOK_DATA names."
        )
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != ARM_SHA256:
        raise ValueError(f"{path} must be {ARM_FILE} with SHA-256 {ARM_SHA256}, got {found}; remove or replace it")
    from scipy.io import loadmat

    file = loadmat(path)
    return ArmCases(file["X"][:, :2], file["y"][:, 0], file["Xstar"][:, :2], file["ystar"][:, 0])
