/* <speech-outline>: the section tree. It opens places, lights up those of an answer and follows what the reader shows. */
(() => {
  if (globalThis.customElements.get("speech-outline")) return;
  const tools = globalThis.customElements.get("speech-tools");
  const { make, visible, shortened, tell, overlaps, FACETS } = tools;
  const sheet = tools.styled("outline");

  class SpeechOutline extends HTMLElement {
    #data = null;

    constructor() {
      super();
      this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
    }

    /** {document, sections: [{title, start, end, parent, counts: {facet: n}}…]} in document order. */
    set data(value) {
      if (value === this.#data || JSON.stringify(value) === JSON.stringify(this.#data)) return;
      this.#data = value;
      const roots = make("ul", { "aria-label": "文稿结构" });
      const lists = new Map();
      value.sections.forEach((section, n) => {
        const [item, children] = this.#item(section, value.sections.some((other) => other.parent === n));
        (section.parent === null ? roots : lists.get(section.parent)).append(item);
        lists.set(n, children);
      });
      const none = !value.sections.length && make("p", { class: "quiet" }, "这篇文稿没有分部分。");
      this.shadowRoot.replaceChildren(roots, none || "");
    }

    light(places) {
      const items = this.shadowRoot.querySelectorAll("li");
      this.#data?.sections.forEach(({ start, end }, n) => {
        const mine = places.some((p) => (p.document.id || p.document) === this.#data.document && overlaps(p, start, end));
        items[n].classList.toggle("lit", mine);
      });
    }

    /** Show where the reader stands: the innermost section around a place, unfolded and in view. */
    at(place) {
      const sections = this.#data?.document === place.document ? this.#data.sections : [];
      const now = sections.reduce((found, { start, end }, n) => (start <= place.start && place.start < end ? n : found), -1);
      if (this.now === now) return;
      this.now = now;
      const items = this.shadowRoot.querySelectorAll("li");
      this.shadowRoot.querySelector("[aria-current]")?.removeAttribute("aria-current");
      if (now < 0) return;
      items[now].querySelector(".title").setAttribute("aria-current", "location");
      for (let above = sections[now].parent; above !== null; above = sections[above].parent) this.#unfold(items[above], true);
      items[now].scrollIntoView({ block: "nearest" });
    }

    #unfold(item, open) {
      const toggle = item.querySelector(":scope > .item > .toggle");
      item.querySelector(":scope > ul").hidden = !open;
      toggle.setAttribute("aria-expanded", String(open));
    }

    #item(section, parent) {
      const children = make("ul", { hidden: section.parent !== null });
      const toggle = parent
        ? make("button", {
            class: "toggle", type: "button", "aria-expanded": String(section.parent === null),
            "aria-label": `展开或收起：${visible(shortened(section.title))}`,
          })
        : make("span", { class: "leaf" });
      if (parent) toggle.addEventListener("click", () => this.#unfold(toggle.closest("li"), children.hidden));
      const open = () => tell(this, "open", { document: this.#data.document, start: section.start, end: section.title_end });
      const counts = Object.entries(section.counts).map(([facet, n]) =>
        make("span", { class: facet, title: FACETS[facet] }, `${FACETS[facet]} ${n}`),
      );
      const title = make(
        "button",
        { class: "title", type: "button", title: visible(section.title), onclick: open },
        make("span", {}, visible(shortened(section.title))),
        make("span", { class: "counts" }, ...counts),
      );
      return [make("li", {}, make("div", { class: "item" }, toggle, title), parent && children), children];
    }
  }

  globalThis.customElements.define("speech-outline", SpeechOutline);
})();
