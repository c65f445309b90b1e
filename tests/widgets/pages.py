"""Live figures on a bare page in a browser: no server, no style sheet, no other script."""

from contextlib import contextmanager

HEAD = '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


def written(folder, figures, name="page.html"):
    """The address of a page with these figures."""
    page = folder / name
    outputs = "<hr>".join(figure._repr_html_() for figure in figures)
    page.write_text(f"{HEAD}<title>Figures</title><body>{outputs}</body></html>", encoding="utf-8")
    return page.as_uri()


@contextmanager
def opened(browser, address, **settings):
    """A tab of its own on that address; at the end there must have been no error and no request."""
    complaints = []
    context = browser.new_context(**{"viewport": DESKTOP} | settings)
    tab = context.new_page()
    tab.on("console", lambda said: said.type in ("error", "warning") and complaints.append(said.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("request", lambda sent: sent.url.startswith(("file:", "data:", "cid:")) or complaints.append(sent.url))
    tab.goto(address)
    yield tab
    context.close()
    assert complaints == []


def alive(tab, number=0):
    """The figure of that number on the page, scrolled to and running."""
    figure = tab.locator("figure.live").nth(number)
    figure.scroll_into_view_if_needed()
    tab.wait_for_function("n => document.querySelectorAll('figure.live')[n].dataset.ready === 'true'", arg=number)
    return figure


def seen(figure):
    """The picture, as long as it is the same."""
    return figure.locator("canvas").evaluate("canvas => canvas.toDataURL()")


def becomes(figure, picture, other=False):
    """Waits until the picture is that one, or, with ``other``, another; returns it."""
    now = "([canvas, picture, other]) => (canvas.toDataURL() === picture) !== other"
    figure.page.wait_for_function(now, arg=[figure.locator("canvas").element_handle(), picture, other])
    return seen(figure)


def says(figure, words):
    """The sentence under the picture, once it has these words."""
    handle = figure.locator(".live-says").element_handle()
    figure.page.wait_for_function("([says, words]) => says.textContent.includes(words)", arg=[handle, words])
    return handle.inner_text()


def finger(tab, start, path):
    """A finger that comes down at ``start``, moves on by (x, y) pixels in turn, and lifts."""
    send = tab.context.new_cdp_session(tab).send
    x, y = start
    send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for right, down in path:
        x, y = x + right, y + down
        send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y}]})
        tab.wait_for_timeout(30)
    send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    tab.wait_for_timeout(100)
