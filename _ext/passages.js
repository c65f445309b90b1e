// The search page: sections that hold all words of the question, those with the words in their titles first.
const SHOWN = 40, AROUND = 110;

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

// How well a section answers: 0 unless each word, or where `some` is enough one of them, begins a word of its title or prose.
function score(title, prose, words, some) {
  let sum = 0;
  for (const word of words) {
    const inTitle = (title.match(word) ?? []).length, inProse = (prose.match(word) ?? []).length;
    if (inTitle + inProse === 0 && !some) return 0;
    sum += 10 * inTitle + Math.min(inProse, 5);
  }
  return sum;
}

function find(question, some = false) {
  // The whole phrase counts most, then its words one by one.
  const parts = question.trim().split(/\s+/).filter(Boolean);
  const word = (text) => new RegExp(`(?<![\\p{L}\\p{N}])${escaped(text)}`, "giu");
  const words = parts.map(word), phrase = word(parts.join(" "));
  const found = [];
  for (const [page, chapter, sections] of PAGES)
    for (const [anchor, title, prose] of sections) {
      const points = parts.length && score(title, prose, words, some);
      if (!points) continue;
      const whole = parts.length > 1 ? (`${title} ${prose}`.match(phrase) ?? []).length : 0;
      found.push({ points: points + 10 * Math.min(whole, 3), page, chapter, anchor, title, prose, words: whole ? [phrase] : words });
    }
  return found.sort((a, b) => b.points - a.points);
}

// Where the most of the words stand near each other; the beginning where the title alone has them.
function densest(prose, words) {
  const hits = words.flatMap((word, kind) => [...prose.matchAll(word)].map(({ index }) => ({ index, kind })));
  const near = (hit) => new Set(hits.filter(({ index }) => index >= hit.index && index < hit.index + AROUND).map(({ kind }) => kind)).size;
  return hits.reduce((best, hit) => (near(hit) > best.count ? { index: hit.index, count: near(hit) } : best), { index: 0, count: 0 }).index;
}

// The prose around it, cut between words, with the hits marked.
function excerpt({ prose, words }) {
  const hit = densest(prose, words);
  const from = hit > AROUND ? prose.indexOf(" ", hit - AROUND) + 1 : 0, end = hit + 2 * AROUND;
  const to = end < prose.length ? prose.lastIndexOf(" ", end) : prose.length;
  const line = document.createElement("p");
  const text = (from > 0 ? "… " : "") + prose.slice(from, to) + (to < prose.length ? " …" : "");
  let rest = 0;
  const hits = words.flatMap((word) => [...text.matchAll(word)]).sort((a, b) => a.index - b.index);
  for (const match of hits) {
    if (match.index < rest) continue;
    const mark = document.createElement("mark");
    mark.textContent = match[0];
    line.append(text.slice(rest, match.index), mark);
    rest = match.index + match[0].length;
  }
  line.append(text.slice(rest));
  return line;
}

function entry(result) {
  const item = document.createElement("li"), link = document.createElement("a");
  link.href = result.page + (result.anchor && `#${result.anchor}`);
  link.textContent = result.title;
  item.append(link);
  if (result.title !== result.chapter) item.append(` in ${result.chapter}`);
  item.append(excerpt(result));
  return item;
}

function show(question) {
  const all = find(question), found = all.length ? all : find(question, true), box = document.querySelector("#search-results");
  const count = document.createElement("p"), list = document.createElement("ol");
  count.role = "status";
  const many = found.length > SHOWN ? `, the best ${SHOWN} shown` : "";
  count.textContent = question.trim() ? `${found.length || "No"} section${found.length === 1 ? "" : "s"} found${all.length === found.length ? "" : " with some of the words"}${many}.` : "";
  list.append(...found.slice(0, SHOWN).map(entry));
  box.replaceChildren(count, list);
}

const field = document.querySelector(".bd-search-container form.bd-search input");
field.value = new URLSearchParams(location.search).get("q") ?? "";
field.addEventListener("input", () => show(field.value));
show(field.value);
field.focus();
