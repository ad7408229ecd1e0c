/* The widget's conversation over page changes: kept for this tab only (sessionStorage), and handed to the full chat in
 * its address. Members of <speech-tools>.
 */
(() => {
  const tools = globalThis.customElements.get("speech-tools");
  if (tools.memory) return;
  const { encode } = tools;
  const TURNS = 30; // turns that are kept
  const ADDRESS = 6000; // characters of the questions in an address: the server takes 16,384 bytes
  const OPEN = "open"; // beside the turns: the panel was open

  /** Each element of a page has its own conversation with each document: by its id, the bubble, or its place on the page. */
  function name(server, element) {
    const inline = () => [...document.querySelectorAll("speech-qa:not([bubble])")].indexOf(element);
    const place = element.id ? `#${element.id}` : element.hasAttribute("bubble") ? "" : inline();
    return `speechqa:widget:${server}:${element.getAttribute("document") || ""}:${place}`;
  }

  const memory = {
    /** The turns of a conversation, [{question, facet, literal, answer}…], and whether the panel was open. */
    load(server, element) {
      try {
        const found = JSON.parse(sessionStorage.getItem(name(server, element)));
        const turns = Array.isArray(found?.turns) ? found.turns.filter((turn) => typeof turn?.question === "string" && turn.answer?.points) : [];
        return { turns, open: found?.[OPEN] === true };
      } catch {
        return { turns: [], open: false };
      }
    },

    save(server, element, turns, open) {
      try {
        sessionStorage.setItem(name(server, element), encode({ turns: turns.slice(-TURNS), open }));
      } catch {
        /* a browser that keeps nothing, or is full: the conversation lives as long as the page */
      }
    },

    /** The questions that a turn leans on: those since the last one taken literally. */
    leaning(turns, turn) {
      const earlier = turn.literal ? [] : turns.slice(0, turns.indexOf(turn));
      const alone = earlier.map(({ literal }) => literal).lastIndexOf(true);
      return earlier.slice(Math.max(0, alone)).map(({ question }) => question);
    },

    /** A query that asks the last questions again, in order; `literal` counts those that lean on nothing. */
    query(turns, source) {
      const query = new URLSearchParams(source ? { doc: source } : {});
      let [size, first] = [0, turns.length];
      while (first > 0 && size + encodeURIComponent(turns[first - 1].question).length < ADDRESS) size += encodeURIComponent(turns[--first].question).length;
      const handed = turns.slice(first);
      for (const { question } of handed) query.append("q", question);
      const literal = handed.flatMap(({ literal }, n) => (literal ? [n] : []));
      if (literal.length) query.set("literal", literal.join("-"));
      return String(query) && `?${query}`;
    },
  };

  tools.memory = memory;
})();
