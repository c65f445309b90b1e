// Finding one's way: the contents follow the reader, the drawer closes behind a tap, pictures open, paper is white.

// A heading is read once it has come into the upper third of the screen; at the end of the page it is the last one.
function followReader(contents) {
  const links = [...contents.querySelectorAll("a[href^='#']")].filter((link) => link.hash.length > 1);
  const places = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
  const entries = contents.querySelectorAll(".toc-entry");
  let waiting = false, before = null;
  const update = () => {
    waiting = false;
    const atEnd = scrollY > 0 && innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
    const line = atEnd ? innerHeight : innerHeight / 3;
    const now = links[places.findLastIndex((place) => place && place.getBoundingClientRect().top <= line)];
    if (now === before) return;
    before = now;
    for (const link of links) {
      link.classList.toggle("active", link === now);
      link === now ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
    }
    for (const entry of entries) entry.classList.toggle("active", now !== undefined && entry.contains(now));
    const box = contents.closest(".bd-sidebar-secondary");
    if (now && box && box.scrollHeight > box.clientHeight) {
      const { top, bottom } = now.getBoundingClientRect(), frame = box.getBoundingClientRect();
      if (top < frame.top || bottom > frame.bottom) box.scrollTop += top - frame.top - frame.height / 3;
    }
  };
  const soon = () => waiting || (waiting = true) && requestAnimationFrame(update);
  for (const event of ["scroll", "resize", "load", "hashchange"]) addEventListener(event, soon, { passive: true });
  document.addEventListener("toggle", soon, true);
  update();
}

function closeDrawerBehindTap() {
  for (const drawer of document.querySelectorAll("dialog:is(#pst-primary-sidebar-modal, #pst-secondary-sidebar-modal)"))
    drawer.addEventListener("click", (event) => {
      if (event.target.closest("a[href]")) drawer.close();
    });
}

// A picture is looked at larger over the page, not away from it: a tap, Escape, its button or the browser's lead back.
function enlargePictures() {
  let left; // once the browser has gone back from the last one
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a.enlarge");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    await left;
    const dialog = Object.assign(document.createElement("dialog"), { className: "enlarged" });
    const image = Object.assign(new Image(), { className: "dark-light", src: link.href, alt: link.querySelector("img").alt });
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Close" });
    dialog.append(image, button);
    dialog.onclick = () => dialog.close();
    const back = () => dialog.close();
    history.pushState({ enlarged: true }, "");
    addEventListener("popstate", back, { once: true });
    dialog.onclose = () => {
      removeEventListener("popstate", back);
      if (history.state?.enlarged) {
        left = new Promise((done) => addEventListener("popstate", done, { once: true }));
        history.back();
      }
      dialog.remove();
      link.focus({ preventScroll: true });
    };
    document.body.append(dialog);
    dialog.showModal();
  });
}

function printOnWhite() {
  const root = document.documentElement;
  let theme;
  addEventListener("beforeprint", () => {
    theme = root.dataset.theme;
    root.dataset.theme = "light";
  });
  addEventListener("afterprint", () => (root.dataset.theme = theme));
}

// A formula is a stop on the way by keyboard only where it is wider than the page and has to be scrolled.
function reachWideFormulas() {
  const shade = (formula) => {
    const left = formula.scrollWidth - formula.clientWidth - formula.scrollLeft;
    formula.classList.toggle("wide-formula", left > 4);
  };
  const update = () => {
    for (const formula of document.querySelectorAll('mjx-container[display="true"]')) {
      formula.scrollWidth > formula.clientWidth ? formula.tabIndex = 0 : formula.removeAttribute("tabindex");
      formula.onscroll = () => shade(formula);
      shade(formula);
    }
  };
  addEventListener("load", () => window.MathJax?.startup?.promise?.then(update));
  addEventListener("resize", update);
}

enlargePictures();
printOnWhite();
reachWideFormulas();
document.addEventListener("DOMContentLoaded", () => {
  closeDrawerBehindTap();
  const contents = document.querySelector("#page-contents");
  if (contents) followReader(contents);
});
