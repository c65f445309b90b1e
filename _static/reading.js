// How a chapter is read: story, with code, or with checks. Runs in the head, before the text is parsed, and sets each
// fold as it comes: the page is painted once. The choice is remembered for all chapters where the browser allows it.
(() => {
  // What an address names is seen: the folds that it lies in open, which newer browsers do by themselves.
  const named = () => document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const unfold = () => {
    const closed = [];
    for (let node = named(); node; node = node.parentElement) if (node.matches("details:not([open])")) closed.push(node);
    for (const fold of closed) fold.open = true;
    return closed.length > 0;
  };
  addEventListener("hashchange", () => { if (unfold()) named().scrollIntoView(); });
  // At an anchor the page is shown once its formulas are set, at the place that was asked for.
  if (location.hash) {
    const show = () => {
      if (!("arriving" in document.documentElement.dataset)) return;
      delete document.documentElement.dataset.arriving;
      unfold();
      named()?.scrollIntoView();
    };
    document.documentElement.dataset.arriving = "";
    addEventListener("load", () => Promise.resolve(window.MathJax?.startup?.promise).finally(show));
    setTimeout(show, 4000);
  }
})();

(() => {
  const KEY = "reading", MODES = ["story", "code", "checks"];
  const root = document.documentElement;
  const remembered = () => {
    try { return localStorage.getItem(KEY); } catch { return null; }
  };
  const remember = (mode) => {
    try { localStorage.setItem(KEY, mode); } catch { /* for this page alone, then */ }
  };
  const set = (node) => {
    const mode = root.dataset.reading;
    if (node.matches("details.evidence")) node.open = mode === "checks";
    else if (node.matches("details.code[data-shown]")) node.open = mode !== "story";
    else if (node.matches(".reading input")) node.checked = node.value === mode;
  };
  const read = (mode) => {
    root.dataset.reading = MODES.includes(mode) ? mode : "code";
    document.querySelectorAll("details, .reading input").forEach(set);
  };

  read(remembered());
  const arrived = (records) => {
    for (const { addedNodes } of records) for (const node of addedNodes) if (node instanceof Element) set(node);
  };
  const parsing = new MutationObserver(arrived);
  parsing.observe(root, { childList: true, subtree: true });
  addEventListener("DOMContentLoaded", () => {
    arrived(parsing.takeRecords()); // the last nodes, which may not have been told of yet
    parsing.disconnect();
  });
  addEventListener("pageshow", (event) => { if (event.persisted) read(remembered() ?? root.dataset.reading); });
  addEventListener("storage", ({ key, newValue }) => { if (key === KEY) read(newValue); });
  addEventListener("change", ({ target }) => {
    if (!target.matches(".reading input")) return;
    read(target.value);
    remember(target.value);
  });
})();
