"""What the book adds to Sphinx: the repository's address, the claims' evidence, repairs of the theme's HTML."""

import os
import re
import subprocess
from html import unescape
from pathlib import Path

from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import MathTextParser

MATH, FONT = MathTextParser("path"), FontProperties(size=10, math_fontfamily="cm")


def repository_url(source_dir):
    """https://HOST/OWNER/NAME of the repository that the build runs from, or None when it has no public one.

    A build on GitHub names it in GITHUB_REPOSITORY; elsewhere it is git's remote, on GitHub or GitLab. A repository
    in which the book is one folder of many is not the book's: its pages have other addresses there.
    """
    root = git(source_dir, "rev-parse", "--show-toplevel")
    if root and not Path(root).samefile(source_dir):
        return None
    if name := os.environ.get("GITHUB_REPOSITORY"):
        return f"{os.environ.get('GITHUB_SERVER_URL', 'https://github.com')}/{name}"
    remote = git(source_dir, "remote", "get-url", "origin")
    match = re.search(r"(?:@|//)(?:[^@/]*@)?(github\.com|gitlab\.com)[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?$", remote)
    return f"https://{match[1]}/{match[2]}" if match else None


def git(folder, *arguments):
    """What git answers about a folder; nothing where it fails, or is not there."""
    command = ["git", "-C", str(folder), *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def set_repository(app, config):
    """Give the theme the repository's address; without one, leave out the buttons that would need it.

    Pages see where a chapter may be launched by the tags ``binder`` and ``colab``, the latter for GitHub alone.
    """
    options = config.html_theme_options
    if url := repository_url(app.srcdir):
        options.update(repository_url=url, use_repository_button=True, use_issues_button=True)
        if not url.startswith("https://github.com/"):
            options["launch_buttons"].pop("colab_url", None)
        for service in ("binderhub", "colab"):
            if options["launch_buttons"].get(f"{service}_url"):
                app.tags.add(service.removesuffix("hub"))
    else:
        options.update(repository_url="", launch_buttons={})


def size(path):
    """Width and height of a PNG file."""
    header = path.read_bytes()[:24]
    return tuple(int.from_bytes(header[at : at + 4], "big") for at in (16, 20))


FORMULA = re.compile(r'<span class="math notranslate nohighlight">\\\((.*?)\\\)</span>', re.DOTALL)
ARGUMENT = r" *(\{[^}]*\}|\\[A-Za-z]+|\w)"
IN_MATPLOTLIB = [  # what it lacks, by something as wide; a fraction in a line is as wide as an exponent
    (rf"\\t?frac{ARGUMENT}{ARGUMENT}", r"{}^{\1}"),
    (r"\\([gl]e)\b", r"\\\1q"),
    (r"\\(?:math(?:sf|rm)|text|operatorname)\b", ""),
    (r"\\sqrt *(\w)", r"\\sqrt{\1}"),
]
ENLARGED = 1.25  # by MathJax, whose small letters are as high as those of the text; measured


def room(match):
    """A formula of the text, with the width that it will take once it is set, in em.

    Matplotlib sets it in the same fonts; what it cannot set is guessed by the length of its source.
    """
    tex = unescape(match[1])
    for theirs, ours in IN_MATPLOTLIB:
        tex = re.sub(theirs, ours, tex)
    try:
        width = MATH.parse(f"${tex}$", dpi=72, prop=FONT).width / FONT.get_size()
    except ValueError:
        width = 0.25 * len(tex)
    return f'<span class="math notranslate nohighlight" style="--set:{ENLARGED * width:.2f}em">\\({match[1]}\\)</span>'


def repair_body(app, pagename, templatename, context, doctree):
    """Roles that may stand in a list, and pictures that are fetched when the reader comes near them."""
    if "body" not in context:
        return
    # Docutils gives the entries of a role="list" a deprecated role, where only list items are allowed.
    body = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')
    sources = {name: Path(app.srcdir) / source for source, name in app.builder.images.items()}

    def lazy(match):
        if match[1] not in sources:
            return match[0]  # the renderings name theirs
        # The size is named so that the text does not jump when the picture comes.
        width, height = size(sources[match[1]])
        return f'{match[0]} width="{width}" height="{height}" loading="lazy"'

    body = FORMULA.sub(room, body)
    context["body"] = re.sub(r'src="[^"]*_images/([^"/]+\.png)"', lazy, body)


def doi_record(app, uri):
    """Where `make links` looks for a DOI: its record in the registry, since publishers turn programs away."""
    doi = "https://doi.org/"
    return uri.replace(doi, f"{doi}api/handles/") if uri.startswith(doi) else None


def drop_icon_script(app, exception):
    """The theme brings its icons twice, as a font and as a script of half a megabyte: the font is enough."""
    script = re.compile(r"<script[^>]*/fontawesome\.js[^>]*></script>")
    for page in Path(app.outdir).rglob("*.html"):
        page.write_text(script.sub("", page.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


def setup(app):
    # Notebooks inherit it: figures then show their static rendering alone.
    os.environ["BOOK_STATIC"] = "1"
    for name in (
        "evidence",
        "checked",
        "other_seeds",
        "renderings",
        "reading",
        "terms",
        "citations",
        "frame",
        "passages",
        "paper",
        "gallery",
        "browser",
        "notebooks",
        "speed",
        "method",
    ):
        app.setup_extension(name)
    app.connect("config-inited", set_repository)
    app.connect("html-page-context", repair_body)
    app.connect("linkcheck-process-uri", doi_record)
    app.connect("build-finished", drop_icon_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
