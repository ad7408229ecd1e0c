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

  const name = (server, source) => `speechqa:widget:${server}:${source || ""}`;

  const memory = {
    /** The turns of a conversation, [{question, facet, literal, answer}…], and whether the panel was open. */
    load(server, source) {
      try {
        const found = JSON.parse(sessionStorage.getItem(name(server, source)));
        const turns = Array.isArray(found?.turns) ? found.turns.filter((turn) => typeof turn?.question === "string" && turn.answer?.points) : [];
        return { turns, open: found?.[OPEN] === true };
      } catch {
        return { turns: [], open: false };
      }
    },

    save(server, source, turns, open) {
      try {
        sessionStorage.setItem(name(server, source), encode({ turns: turns.slice(-TURNS), open }));
      } catch {
        /* a browser that keeps nothing, or is full: the conversation lives as long as the page */
      }
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
