/* An answer's points as an outline: groups under their headings, what of a citation is shared, texts for the
 * clipboard, short pieces of long passages. Plain functions, members of <speech-tools>; answer.js draws what they give.
 */
(() => {
  const tools = globalThis.customElements.get("speech-tools");
  if (tools.outline) return;
  const { visible, encode, cut } = tools;
  const GROUPS = 14; // groups at most: more are joined under the headings above them
  const AROUND = 70; // characters of a passage that is only near, around its marks
  const HEAD = 26; // characters of a point's beginning

  const bare = (text) => text.replace(/[\s。；：，]+$/, "");

  /** The headings above a point; one that is a heading itself does not stand under its own. */
  const pathOf = (point) => (point.path.length && bare(point.path.at(-1)) === bare(point.text) ? point.path.slice(0, -1) : point.path);

  const keyOf = (point, depth) => encode([point.document.id, pathOf(point).slice(0, depth)]);
  const above = (one, other) =>
    one.document === other.document && one.path.length < other.path.length && one.path.every((title, n) => title === other.path[n]);

  /** How deep headings are told apart: as deep as leaves few enough groups. */
  function depthOf(points) {
    let depth = Math.max(0, ...points.map((point) => pathOf(point).length));
    while (depth > 1 && new Set(points.map((point) => keyOf(point, depth))).size > GROUPS) depth -= 1;
    return depth;
  }

  /**
   * Points -> [{document, title, path, shared, items: [{point, number, rest}]}]. A list goes by headings, in the order
   * of the text, what stands above the others' headings last and together; another answer keeps its order, best first.
   */
  function outline(points, list) {
    const depth = list ? depthOf(points) : Infinity;
    const groups = [];
    for (const point of points) {
      const key = keyOf(point, depth);
      const last = list ? groups.find((group) => group.key === key) : groups.at(-1)?.key === key && groups.at(-1);
      const group = last || { key, document: point.document.id, title: point.document.title, path: pathOf(point).slice(0, depth), points: [] };
      if (!last) groups.push(group);
      group.points.push(point);
    }
    const over = groups.filter((group) => list && groups.some((other) => above(group, other)));
    const whole = over.filter((group) => group.document !== over[0]?.document || group === over[0]).map((group) => {
      const together = over.filter((other) => other.document === group.document);
      const path = together.length > 1 ? [] : group.path;
      return { ...group, path, overview: true, points: together.flatMap((other) => other.points) };
    });
    let number = 0;
    return [...groups.filter((group) => !over.includes(group)), ...whole].map((group) => {
      const shared = group.points.length > 1 ? sharedPart(group.points.map((point) => point.citation)) : "";
      const items = group.points.map((point) => ({ point, number: ++number, rest: point.citation.slice(shared.length) }));
      return { ...group, shared, items };
    });
  }

  /** Where a citation may be cut: before 第, “, （ or 《 that stand in no bracket, and at its end. */
  function joints(citation) {
    const found = [];
    let depth = 0;
    [...citation].reduce((at, letter) => {
      if (!depth && at && "第“（《".includes(letter)) found.push(at);
      if ("“《（".includes(letter)) depth += 1;
      if ("”》）".includes(letter)) depth -= 1;
      return at + letter.length;
    }, 0);
    return [...found, citation.length];
  }

  /** The beginning that all citations have in common, in whole pieces. */
  function sharedPart(citations) {
    const [first, ...others] = citations;
    const fits = (end) => others.every((other) => other.startsWith(first.slice(0, end)) && joints(other).includes(end));
    return first.slice(0, joints(first).findLast?.(fits) ?? [...joints(first)].reverse().find(fits) ?? 0);
  }

  /** What a heading above does not say already of a citation. */
  function shortCite(citation, { path = [], source = "" } = {}) {
    let said = source && citation.startsWith(source) ? citation.slice(source.length) : citation;
    for (const title of path) {
      const plain = title.replace(/[。：；，]$/, "");
      const at = said.indexOf(`“${plain}`);
      const end = at < 0 ? -1 : joints(said.slice(at))[0] + at;
      if (end > 0) said = said.slice(0, at) + said.slice(end);
    }
    return said;
  }

  /** 《…》, and the year after it, of the one document that all points are from; else nothing. */
  function sourceOf(points) {
    const shared = points.length ? sharedPart(points.map((point) => point.citation)) : "";
    if (!shared.startsWith("《")) return "";
    const ends = joints(shared);
    return shared.slice(0, shared[ends[0]] === "（" ? ends[1] : ends[0]);
  }

  const headingOf = (group) => group.path.map(visible).join(" › ") || `《${visible(group.title)}》`;

  /** What a person pastes: the words, then where they stand. */
  const cited = (point) => `${visible(point.text)}（${visible(point.citation)}）`;

  /** The points for the clipboard, numbered under their headings: as lines, and as HTML that Word keeps the structure of. */
  function asText(groups, citations = true) {
    const several = groups.length > 1;
    const line = ({ point, number }) => `${number}. ${citations ? cited(point) : visible(point.text)}`;
    const text = groups.map((group) => [...(several ? [headingOf(group)] : []), ...group.items.map(line)].join("\n"));
    const html = groups.map((group) => {
      const items = group.items.map(({ point }) => `<li>${escaped(citations ? cited(point) : visible(point.text))}</li>`);
      return `${several ? `<h3>${escaped(headingOf(group))}</h3>` : ""}<ol start="${group.items[0].number}">${items.join("")}</ol>`;
    });
    return { text: text.join(several ? "\n\n" : "\n"), html: html.join("") };
  }

  const escaped = (text) => text.replace(/[&<>"]/g, (letter) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[letter]);

  /** The first words of a point. */
  function headOf(point) {
    const text = visible(point.text).replace(/\s+/g, " ").trim();
    return text.length > HEAD ? `${text.slice(0, HEAD)}…` : text;
  }

  /** A short piece of a passage around its marks, as a point: {…, text, start, end, marks, before, after}. */
  function piece(passage) {
    const size = passage.end - passage.start;
    const [first, last] = [passage.marks[0]?.[0] ?? passage.start, passage.marks[0]?.[1] ?? passage.start];
    const spare = Math.max(0, AROUND - (last - first));
    let start = Math.max(passage.start, first - Math.floor(spare / 3));
    const end = Math.min(passage.end, Math.max(start + AROUND, last));
    if (size <= AROUND * 1.3) return { ...passage, before: false, after: false };
    const lead = cut(passage.text, start - passage.start, first - passage.start);
    const clause = Math.max(...["。", "；", "，"].map((mark) => lead.lastIndexOf(mark)));
    if (start > passage.start && clause >= 0) start += [...lead.slice(0, clause + 1)].length;
    const text = cut(passage.text, start - passage.start, end - passage.start);
    const marks = passage.marks.filter(([from, to]) => from >= start && to <= end);
    return { ...passage, text, start, end, marks, before: start > passage.start, after: end < passage.end };
  }

  Object.assign(tools, { outline, shortCite, sourceOf, headingOf, cited, asText, headOf, piece });
})();
