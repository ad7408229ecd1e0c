/* <speech-doors>: questions to start with. */
(() => {
  if (globalThis.customElements.get("speech-doors")) return;
  const tools = globalThis.customElements.get("speech-tools");
  const { make, visible, tell, FACETS } = tools;
  const sheet = tools.styled("doors");

  class SpeechDoors extends HTMLElement {
    constructor() {
      super();
      this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
    }

    /** {doors: [[facet, what it is, [question…]]…], more: [question…]} */
    set data({ doors, more }) {
      const ask = (question) =>
        make("button", { type: "button", onclick: () => tell(this, "ask", { question }) }, visible(question));
      const door = ([facet, about, questions]) =>
        make("section", { class: facet, "aria-label": FACETS[facet] },
          make("h2", {}, FACETS[facet]), make("p", { class: "quiet" }, about),
          ...(questions.length ? questions.map(ask) : [make("p", { class: "quiet" }, "文中这一类不多，可以直接提问。")]));
      const row = more.length && make("div", { class: "more" }, make("span", { class: "quiet" }, "还可以问"), ...more.map(ask));
      this.shadowRoot.replaceChildren(make("div", { class: "doors" }, ...doors.map(door)), row || "");
    }
  }

  globalThis.customElements.define("speech-doors", SpeechDoors);
})();
