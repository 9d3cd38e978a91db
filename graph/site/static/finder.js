// Finds passages of the docs by words: all of it in the browser, over the index that the server made.

// Words that say nothing of what a question is about.
const IDLE = new Set(("a an and any are as at be but by can could do does for from get got had has have how i if in " +
  "into is it its me my no not of on one or our see should so that the their them then there they this to was we what " +
  "when where which who why will with would you your").split(" "));

// Words for which people look, and what the docs say in their place.
const ALSO = new Map(Object.entries({
  auth: "token", authentication: "token", authorization: "token", bearer: "token", jwt: "token", login: "token",
  permission: "role", scope: "role", pagination: "page", paginate: "page", cursor: "page", offset: "page",
  throttling: "limit", throttled: "limit", quota: "limit", "429": "limit", docker: "image", k8s: "kubernetes",
  helm: "kubernetes", postgres: "postgresql", env: "variable", config: "setting", configuration: "setting",
  callback: "webhook", install: "deploy", backoff: "retry", monitoring: "metric", prometheus: "metric",
}));

// What a word counts by the way in which it was found.
const EXACT = 1, BEGUN = 0.7, MEANT = 0.55, MISTYPED = 0.5;
// How many words of the docs a begun one may stand for, and how long one is that may have a mistake.
const MOST_BEGUN = 60, SHORTEST = 4;
// What a word counts by where it stands.
const IN_TITLE = 7, IN_NAMES = 4, IN_PAGE = 2.5;
// What more a page's beginning counts than its sections, and a title of which all words are asked for.
const BEGINNING = 1.45, WHOLE = 1.3;
// Characters of a passage that are shown.
const SHOWN = 170;

const IDENTIFIER = /[\p{L}\p{N}_]+/gu;
const SEAM = /_+|(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u;

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

// What is left of a word without the end that differs from "page" to "pages" and "paging".
function rootOf(word) {
  if (word.length < 4 || /\d/.test(word)) return word;
  let root = word.replace(/ies$/, "y").replace(/(?<![su])s$/, "");
  root = root.replace(/(?<=[aeiouy].*[^aeiou]|[aeiouy]{2}.*)(?:ing|ed)$/, "").replace(/(.{3,})e$/, "$1");
  return root.replace(/([^aeiouls])\1$/, "$1");
}

// The words of an identifier, and the whole without its seams: totalCount is total, count, totalcount.
const known = new Map();
function wordsOf(identifier) {
  let words = known.get(identifier);
  if (words === undefined) {
    const parts = identifier.split(SEAM).filter(Boolean).map(fold);
    words = parts.length > 1 ? [...parts, parts.join("")] : parts;
    known.set(identifier, words);
  }
  return words;
}

const allWords = (text) => (text.match(IDENTIFIER) ?? []).flatMap(wordsOf);

// Neighbours as one word, and all of them.
const joinedOf = (words) => words.slice(1).map((word, at) => words[at] + word)
  .concat(words.length > 2 ? words.join("") : []);

// Whether one word becomes the other by one letter more, less or another, or by two that change places.
function differByOne(one, other) {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  if (long.length - short.length > 1) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at += 1;
  if (short.length < long.length) return short.slice(at) === long.slice(at + 1);
  return short.slice(at + 1) === long.slice(at + 1)
    || (short[at] === long[at + 1] && short[at + 1] === long[at] && short.slice(at + 2) === long.slice(at + 2));
}

class Finder {
  // `index` has `pages` (address, title, group, weight) and `passages` (page, id, title, names, text).
  constructor(index) {
    this.pages = index.pages;
    this.passages = index.passages;
    // By root, what it counts in each passage that has it; and the roots by the words as they are written.
    this.postings = new Map();
    this.roots = new Map();
    this.titles = [];
    index.passages.forEach((passage, number) => this.add(passage, number));
    this.sorted = [...this.roots.keys()].sort();
  }

  add([page, id, title, names, text], number) {
    const weights = new Map();
    const note = (words, weight) => {
      for (const word of words) {
        if (!this.roots.has(word)) this.roots.set(word, rootOf(word));
        const root = this.roots.get(word);
        weights.set(root, (weights.get(root) ?? 0) + weight);
      }
    };
    const words = allWords(text);
    note(words, 1);
    const half = 1.5 + words.length / 150;
    for (const [root, count] of weights) weights.set(root, count / (count + half));
    const inTitle = new Set(allWords(title));
    this.titles[number] = new Set([...inTitle].map(rootOf));
    note(inTitle, IN_TITLE / Math.sqrt(1 + inTitle.size));
    // "Watch lists" is found by "watchlist".
    if (!title.includes(".")) note(new Set(joinedOf(title.match(IDENTIFIER)?.map(fold) ?? [])), IN_TITLE * 0.6);
    // Of a name the whole is wanted more than a part: DATABASE_URL more than the word "url".
    for (const name of new Set(names.match(IDENTIFIER))) note(wordsOf(name), IN_NAMES / wordsOf(name).length / 2);
    note(new Set((names.match(IDENTIFIER) ?? []).map((name) => wordsOf(name).at(-1))), IN_NAMES / 2);
    note(new Set(allWords(this.pages[page][1])), id ? IN_PAGE * 0.7 : IN_PAGE);
    for (const [root, weight] of weights) {
      if (!this.postings.has(root)) this.postings.set(root, []);
      this.postings.get(root).push([number, weight]);
    }
  }

  // The roots that a word of a question stands for, with what each counts.
  rootsFor(word, isLast) {
    const found = new Map();
    const note = (root, weight) => {
      if (this.postings.has(root) && (found.get(root) ?? 0) < weight) found.set(root, weight);
    };
    note(rootOf(word), EXACT);
    if (ALSO.has(word)) note(rootOf(ALSO.get(word)), MEANT);
    if (isLast || found.size === 0) {
      for (const each of this.begunBy(word)) note(this.roots.get(each), BEGUN * Math.sqrt(word.length / each.length));
    }
    if (found.size === 0 && word.length >= SHORTEST) {
      for (const each of this.sorted) {
        if (differByOne(word, each)) note(this.roots.get(each), MISTYPED);
      }
    }
    return found;
  }

  begunBy(word) {
    let [low, high] = [0, this.sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.sorted[middle] < word) low = middle + 1;
      else high = middle;
    }
    const found = [];
    while (found.length < MOST_BEGUN && this.sorted[low]?.startsWith(word)) found.push(this.sorted[low++]);
    return found;
  }

  // The passages that fit a question best, at most `most`: address, title, page, group, and the parts of its text
  // that are shown, each with whether it is marked. The last word may be begun only.
  find(question, most) {
    const identifiers = question.match(IDENTIFIER) ?? [];
    const asked = identifiers.map((each) => fold(each.replaceAll("_", "")));
    const telling = asked.filter((each) => !IDLE.has(each));
    const words = telling.length ? telling : asked;
    if (!words.length) return [];
    const scores = new Map(), roots = new Set();
    const parts = words.map((word, at) => this.rootsFor(word, at === words.length - 1));
    // An identifier may be written as words: total count, database url.
    for (const whole of joinedOf(asked)) {
      if (this.postings.has(rootOf(whole))) this.score(new Map([[rootOf(whole), EXACT]]), scores, roots, null);
    }
    parts.forEach((found, at) => this.score(found, scores, roots, at));
    const ranked = [...scores].map(([number, { sum, has }]) => [number, this.rank(number, sum, has.size / words.length, roots)]);
    ranked.sort((one, other) => other[1] - one[1] || one[0] - other[0]);
    return ranked.slice(0, most).map(([number]) => this.show(number, roots));
  }

  score(found, scores, roots, at) {
    const best = new Map();
    for (const [root, weight] of found) {
      roots.add(root);
      const postings = this.postings.get(root);
      const rarity = Math.log(1 + this.passages.length / postings.length);
      for (const [number, worth] of postings) {
        best.set(number, Math.max(best.get(number) ?? 0, worth * weight * rarity));
      }
    }
    for (const [number, worth] of best) {
      if (!scores.has(number)) scores.set(number, { sum: 0, has: new Set() });
      const entry = scores.get(number);
      entry.sum += worth;
      if (at !== null) entry.has.add(at);
    }
  }

  rank(number, sum, share, roots) {
    const title = this.titles[number];
    const isWhole = title.size > 0 && [...title].every((each) => roots.has(each));
    return sum * (0.15 + share ** 2) * this.pages[this.passages[number][0]][3] * (isWhole ? WHOLE : 1)
      * (this.passages[number][1] ? 1 : BEGINNING);
  }

  show(number, roots) {
    const [page, id, title, , text] = this.passages[number];
    const [address, name, group] = this.pages[page];
    const parts = this.excerpt(text, roots);
    return { address: id ? `${address}#${id}` : address, title: title || name, page: id ? name : "", group, parts };
  }

  // The piece of a text that has most of the words, in parts.
  excerpt(text, roots) {
    const hits = [...text.matchAll(IDENTIFIER)].filter(([each]) => wordsOf(each).some((word) => roots.has(rootOf(word))));
    let start = 0, most = 0;
    hits.forEach((hit, at) => {
      const seen = new Set();
      for (let next = at; next < hits.length && hits[next].index < hit.index + SHOWN; next += 1) {
        for (const word of wordsOf(hits[next][0])) if (roots.has(rootOf(word))) seen.add(rootOf(word));
      }
      if (seen.size > most) [start, most] = [hit.index, seen.size];
    });
    start = Math.max(0, start - 30);
    if (start) start = text.indexOf(" ", start) + 1;
    let end = start + SHOWN < text.length ? text.lastIndexOf(" ", start + SHOWN) : text.length;
    if (end <= start) end = Math.min(text.length, start + SHOWN);
    const parts = [];
    let at = start;
    for (const hit of hits) {
      if (hit.index < start || hit.index + hit[0].length > end) continue;
      parts.push([text.slice(at, hit.index), false], [hit[0], true]);
      at = hit.index + hit[0].length;
    }
    parts.push([text.slice(at, end), false]);
    if (start) parts.unshift(["… ", false]);
    if (end < text.length) parts.push([" …", false]);
    return parts.filter(([part]) => part);
  }
}
