// Fetches what a chapter needs, says how far that is and what went wrong, then opens the notebook, which finds it all
// in the browser's cache.

const MEGABYTE = 1e6;
const STALLED = 60_000; // ms without a byte

const element = (id) => document.getElementById(id);
const say = (text) => { element("state").textContent = text; };
const megabytes = (bytes) => `${Math.round(bytes / MEGABYTE)} MB`;

class Failed extends Error {}
class Missing extends Failed {}

async function answer(address, signal) {
  const response = await fetch(address, { signal }).catch(() => {
    throw new Failed(`${address} could not be fetched. Is the network there?`);
  });
  if (!response.ok) throw new Failed(`${address} could not be fetched: the server answered ${response.status}.`);
  return response;
}

async function fetchWhole({ address, bytes }, abort, arrived) {
  let timer;
  const patience = () => {
    clearTimeout(timer);
    timer = setTimeout(() => abort.abort(), STALLED);
  };
  patience();
  try {
    const reader = (await answer(address, abort.signal)).body.getReader();
    for (let sum = 0; ; ) {
      const { done, value } = await reader.read().catch(() => {
        throw new Failed(`${address} stopped on its way. Is the network there?`);
      });
      if (done) break;
      patience();
      sum = Math.min(sum + value.length, bytes); // a server may say otherwise than how large the file is
      arrived(address, sum);
    }
    arrived(address, bytes);
  } finally {
    clearTimeout(timer);
  }
}

async function start() {
  element("again").hidden = true;
  element("state").classList.remove("failed");
  const abort = new AbortController();
  const path = new URLSearchParams(location.search).get("path") ?? "";
  try {
    if (typeof WebAssembly !== "object" || typeof Worker !== "function") {
      throw new Failed("This browser lacks WebAssembly or workers, without which Python cannot run in it.");
    }
    const { chapters, versions } = await (await answer("parts.json")).json();
    const chapter = chapters[path];
    if (!chapter) throw new Missing(`There is no notebook ${path || "without a name"} here.`);
    element("back").href = `../${path.replace(/\.ipynb$/, ".html")}`;
    document.title = element("about").previousElementSibling.textContent = `Run “${chapter.title}” in this browser`;
    element("versions").textContent = versions;
    const sums = new Map();
    const whole = chapter.files.reduce((sum, file) => sum + file.bytes, 0);
    const arrived = (address, sum) => {
      if (abort.signal.aborted) return;
      sums.set(address, sum);
      const share = [...sums.values()].reduce((a, b) => a + b, 0) / whole;
      element("bar").value = share;
      say(`Fetching Python and its packages, once: ${megabytes(share * chapter.size)} of ${megabytes(chapter.size)}.`);
    };
    arrived("", 0);
    await Promise.all(chapter.files.map((file) => fetchWhole(file, abort, arrived)));
    say("All is here. Opening the notebook; Python takes some ten seconds to wake up.");
    location.replace(`notebooks/index.html?path=${encodeURIComponent(path)}`);
  } catch (error) {
    abort.abort();
    if (!(error instanceof Failed)) throw error;
    element("state").classList.add("failed");
    const again = error instanceof Missing ? "You can go back to the book" : "You can try again";
    say(`${error.message} ${again}, or run the book on your own machine: its README says how.`);
    element("again").hidden = error instanceof Missing;
  }
}

element("again").addEventListener("click", start);
start();
