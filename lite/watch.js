// In JupyterLite's page: says that Python is waking up, and so when it does not, or when there is no notebook for it,
// where JupyterLite would wait for ever.
(() => {
  const LONG = 90_000; // ms; on a usual machine it takes ten seconds
  const opened = Date.now();
  const note = document.createElement("div");
  note.id = "kernel-note";
  note.style.cssText =
    "position:fixed;inset:auto 0 0 0;z-index:10000;padding:.75rem 1rem;color:#fff;font:16px/1.4 system-ui,sans-serif";

  function tell(text, role, color) {
    note.setAttribute("role", role);
    note.style.background = color;
    note.textContent = text;
  }

  const state = () => {
    const session = window.jupyterapp?.shell?.currentWidget?.sessionContext;
    return session?.session?.kernel?.status ?? "unknown";
  };

  // Whether the address names a notebook, once JupyterLite can tell; a reader's own lie in this browser.
  let asked = false;
  async function look() {
    asked = true;
    const path = new URLSearchParams(location.search).get("path") ?? "";
    const found = await jupyterapp.serviceManager.contents.get(path, { content: false }).catch(() => null);
    if (found?.type === "notebook") return;
    clearInterval(timer);
    tell(`There is no notebook ${path || "without a name"} here. `, "alert", "#8c2b1f");
    const back = Object.assign(document.createElement("a"), { href: "../../index.html", textContent: "Back to the book" });
    back.style.color = "inherit";
    note.append(back);
  }

  const timer = setInterval(() => {
    const now = state();
    if (!asked && window.jupyterapp?.serviceManager) look();
    if (["idle", "busy"].includes(now)) {
      note.remove();
      clearInterval(timer);
    } else if (now === "dead" || Date.now() - opened > LONG) {
      tell(
        "Python has not started in this browser. Reload this page; if that does not help, a part of it may not have " +
          "arrived, or this device may have too little memory. The book's README says how to run it elsewhere.",
        "alert",
        "#8c2b1f",
      );
    }
  }, 500);

  tell("Python is waking up: some ten seconds. Cells can run once this line is gone.", "status", "#1d4f6b");
  document.addEventListener("DOMContentLoaded", () => document.body.append(note));
})();
