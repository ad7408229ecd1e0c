/* <speech-map>: one cell a sentence, coloured by what it is for. A place is opened with the event speechqa:open. */
(() => {
  if (globalThis.customElements.get("speech-map")) return;
  const tools = globalThis.customElements.get("speech-tools");
  const { make, visible, tell, overlaps, FACETS } = tools;
  const sheet = tools.styled("map");

  class SpeechMap extends HTMLElement {
    #data = null;
    #at = 0;

    constructor() {
      super();
      this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
      this.addEventListener("keydown", (event) => this.#key(event));
    }

    /** {document, sections: [title…], cells: [[start, end, facet, path, marker, head]…], counts: {facet: n}} */
    set data(value) {
      if (value === this.#data || JSON.stringify(value) === JSON.stringify(this.#data)) return;
      this.#data = value;
      this.#at = 0;
      this.#draw();
    }

    light(places) {
      if (!this.#data) return;
      const mine = places.filter((place) => (place.document.id || place.document) === this.#data.document);
      const cells = this.shadowRoot.querySelectorAll("i");
      this.#data.cells.forEach(([start, end], n) => {
        cells[n].classList.toggle("lit", mine.some((place) => overlaps(place, start, end)));
      });
      this.shadowRoot.querySelector(".cells").classList.toggle("lighted", mine.length > 0);
    }

    #draw() {
      const { cells, counts } = this.#data;
      const widest = globalThis.matchMedia("(max-width: 40rem)").matches ? 0.6 : 1;
      const strip = make("div", {
        class: "cells", role: "slider", tabindex: "0", "aria-label": "文稿地图，左右键移动，回车打开原文",
        "aria-valuemin": "1", "aria-valuemax": String(cells.length), "aria-valuenow": "1", "aria-valuetext": this.#name(0),
      });
      let path = null;
      for (const [start, end, facet, where, marker] of cells) {
        if (marker) strip.append(make("b", {}, visible(marker)));
        const gap = path !== null && where !== path && !marker;
        const cell = make("i", { class: `${facet}${gap ? " gap" : ""}`, "data-start": start });
        cell.style.width = `${Math.min(20, 3 + (end - start) / 9) * widest}px`;
        strip.append(cell);
        path = where;
      }
      const number = (event) => [...strip.querySelectorAll("i")].indexOf(event.target);
      strip.addEventListener("pointerover", (event) => event.target.tagName === "I" && this.#tip(number(event)));
      strip.addEventListener("pointerleave", () => this.#tip(null));
      strip.addEventListener("click", (event) => event.target.tagName === "I" && this.#open(number(event)));
      strip.addEventListener("focus", () => this.#go(this.#at));
      strip.addEventListener("blur", () => {
        this.#cell(this.#at)?.classList.remove("here");
        this.#tip(null);
      });
      const legend = Object.entries(counts).map(([facet, n]) => make("span", { class: `legend ${facet}` }, `${FACETS[facet]} ${n}`));
      const line = make("div", { class: "line" }, make("span", { class: "tip" }), ...legend);
      this.shadowRoot.replaceChildren(strip, line);
    }

    #cell(n) {
      return this.shadowRoot.querySelectorAll("i")[n];
    }

    #name(n) {
      const [, , facet, path, , head] = this.#data.cells[n] || [0, 0, "other", -1, "", ""];
      const title = path >= 0 ? `${visible(this.#data.sections[path])} · ` : "";
      return `${title}${FACETS[facet]} · ${visible(head)}`;
    }

    #tip(n) {
      this.shadowRoot.querySelector(".tip").textContent = n === null ? "" : this.#name(n);
    }

    #go(n) {
      this.#cell(this.#at)?.classList.remove("here");
      this.#at = Math.max(0, Math.min(this.#data.cells.length - 1, n));
      this.#cell(this.#at)?.classList.add("here");
      const strip = this.shadowRoot.querySelector(".cells");
      strip.setAttribute("aria-valuenow", String(this.#at + 1));
      strip.setAttribute("aria-valuetext", this.#name(this.#at));
      this.#tip(this.#at);
    }

    #key(event) {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
      if (step) this.#go(this.#at + step);
      else if (event.key === "Home") this.#go(0);
      else if (event.key === "End") this.#go(this.#data.cells.length - 1);
      else if (event.key === "Enter" || event.key === " ") this.#open(this.#at);
      else return;
      event.preventDefault();
    }

    #open(n) {
      const [start, end] = this.#data.cells[n];
      tell(this, "open", { document: this.#data.document, start, end });
    }
  }

  globalThis.customElements.define("speech-map", SpeechMap);
})();
