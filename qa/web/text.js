/* The reader's text: paragraphs of sentences. A member of <speech-tools>. */
(() => {
  const tools = globalThis.customElements.get("speech-tools");
  if (tools.paragraphs) return;
  const { make, visible } = tools;
  const ENDLESS = 400; // characters of a paragraph that is broken where units begin in it

  /**
   * Sentences as spans in paragraphs; every character of the text is there, in order. A paragraph has the number that
   * citations count by; an endless one is broken where a unit begins, for the eye only.
   */
  function paragraphs({ text, offset, lines, sentences, headings }) {
    const units = /[\ud800-\udfff]/.test(text) ? [...text] : text;
    const piece = (start, end) => visible(typeof units === "string" ? units.slice(start, end) : units.slice(start, end).join(""));
    const titled = (start, end) => Math.min(end, headings.find(([from, to]) => from <= start && start < to)?.[1] ?? start);
    const edges = breaks(sentences, headings, lines);
    const made = [];
    const fresh = () => make("p", { class: lines ? "plain" : "" });
    let current = fresh();
    let at = 0;
    const close = (goesOn = false) => {
      if (current.childNodes.length) made.push(current);
      else goesOn = false;
      current = fresh();
      if (goesOn) current.dataset.on = ""; // broken for the eye only
    };
    const gap = (until) => {
      piece(at, until).split("\n").forEach((part, n) => {
        if (n) close();
        if (part) current.append(part);
      });
      at = until;
    };
    let numbered = null;
    sentences.forEach(([start, end, , number], n) => {
      gap(start - offset);
      if (edges.has(start)) close(true);
      if (!current.querySelector("span") && number != null) {
        if (number === numbered) current.classList.add("goes-on");
        else current.dataset.paragraph = numbered = number;
      }
      const title = titled(start, end);
      const heading = title > start && make("b", {}, piece(start - offset, title - offset));
      current.append(make("span", { "data-start": start, "data-n": n }, heading, piece(title - offset, end - offset)));
      at = end - offset;
    });
    gap(units.length);
    close();
    return made;
  }

  /** Where paragraphs are broken: where units begin, in those that have no end in sight. */
  function breaks(sentences, headings, lines) {
    const starts = new Set(headings.map(([start]) => start));
    if (!lines) return starts;
    const sizes = new Map();
    for (const [start, end, , number] of sentences) sizes.set(number, (sizes.get(number) || 0) + end - start);
    return new Set(sentences.filter(([start, , , number]) => starts.has(start) && sizes.get(number) > ENDLESS).map(([start]) => start));
  }

  tools.paragraphs = paragraphs;
})();
