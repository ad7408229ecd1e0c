/* The document beside the chat: <speech-map> (one cell a sentence), <speech-outline> (the section tree) and
 * <speech-reader> (the text in a dialog), with <speech-doors> (questions to start with). Needs answer.js before it. Every text is set as textContent.
 * A place is opened with the event speechqa:open {document, start, end}, wherever it comes from; speechqa:places
 * {places} lights cells up.
 */
(() => {
  if (globalThis.customElements.get("speech-reader")) return;
  const { make, visible, cut, copy, shortened, FACETS } = globalThis.customElements.get("speech-answer").tools;

  const BASE = `
*{box-sizing:border-box}
[hidden]{display:none!important}
:host([hidden]){display:none}
:host{display:block;color:var(--sq-text);font:var(--sq-font);line-height:1.6;overflow-wrap:anywhere}
button{font:inherit;color:inherit;background:none;border:0;border-radius:6px;padding:.25rem .45rem;cursor:pointer;text-align:start}
button:hover{background:var(--sq-soft)}
:focus-visible{outline:2px solid var(--sq-link);outline-offset:1px}
.quiet{color:var(--sq-quiet);font-size:.875rem}
.achievement{--sq-c:var(--sq-achievement)}.goal{--sq-c:var(--sq-goal)}.requirement{--sq-c:var(--sq-requirement)}.background{--sq-c:var(--sq-background)}
`;

  function styled(css) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(BASE + css);
    return sheet;
  }

  function tell(element, type, detail) {
    element.dispatchEvent(new CustomEvent(`speechqa:${type}`, { detail, bubbles: true, composed: true }));
  }

  const overlaps = (place, start, end) => place.start < end && start < place.end;

  const MAP = styled(`
.cells{display:flex;flex-wrap:wrap;gap:3px 1px;align-items:center;padding:.3rem 0;touch-action:manipulation;border-radius:4px}
i{display:block;height:14px;background:var(--sq-c,var(--sq-other));opacity:.8;cursor:pointer;border-radius:1px}
.lighted i{opacity:.28}
i:hover,i.here,.lighted i.lit{opacity:1}
i.lit{box-shadow:0 0 0 1.5px var(--sq-text)}
i.here{outline:2px solid var(--sq-link);outline-offset:1px}
b{font-size:.75rem;line-height:14px;font-weight:600;color:var(--sq-quiet);padding:0 .25rem 0 .45rem}
b:first-child{padding-left:0}
i.gap{margin-left:4px}
.line{display:flex;flex-wrap:wrap;gap:.1rem .9rem;font-size:.8125rem;color:var(--sq-quiet);min-height:1.35rem;line-height:1.35rem}
.line .tip{flex:1 1 16rem;color:var(--sq-text);white-space:nowrap;overflow:hidden;text-overflow:ellipsis;min-width:0}
.legend{display:inline-flex;align-items:center;gap:.3rem;white-space:nowrap}
.legend::before{content:"";width:.65rem;height:.65rem;border-radius:2px;background:var(--sq-c,var(--sq-other))}
@media(max-width:40rem){.cells{gap:2px 1px}i{height:9px}b{line-height:10px}.line .tip{flex-basis:100%}.line .tip:empty{display:none}}
`);

  class SpeechMap extends HTMLElement {
    #data = null;
    #at = 0;

    constructor() {
      super();
      this.attachShadow({ mode: "open" }).adoptedStyleSheets = [MAP];
      this.addEventListener("keydown", (event) => this.#key(event));
    }

    /** {document, sections: [title…], cells: [[start, end, facet, path, marker, head]…], counts: {facet: n}} */
    set data(value) {
      if (JSON.stringify(value) === JSON.stringify(this.#data)) return;
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

  const OUTLINE = styled(`
ul{list-style:none;margin:0;padding:0}
ul ul{margin-left:.55rem;padding-left:.45rem;border-left:1px solid var(--sq-line)}
.item{display:flex;align-items:flex-start}
.toggle{flex:none;width:1.75rem;height:1.75rem;padding:0;text-align:center;color:var(--sq-quiet)}
.toggle::before{content:"▸";display:inline-block}
.toggle[aria-expanded=true]::before{content:"▾"}
.leaf{flex:none;width:1.75rem}
.title{flex:1;font-size:.875rem;line-height:1.5;min-width:0}
.counts{display:flex;flex-wrap:wrap;gap:0 .55rem;font-size:.75rem;color:var(--sq-quiet)}
.counts span{display:inline-flex;align-items:center;gap:.2rem}
.counts span::before{content:"";width:.5rem;height:.5rem;border-radius:2px;background:var(--sq-c,var(--sq-other))}
li.lit>.item .title{font-weight:600}
`);

  class SpeechOutline extends HTMLElement {
    #data = null;

    constructor() {
      super();
      this.attachShadow({ mode: "open" }).adoptedStyleSheets = [OUTLINE];
    }

    /** {document, sections: [{title, start, end, parent, counts: {facet: n}}…]} in document order. */
    set data(value) {
      if (JSON.stringify(value) === JSON.stringify(this.#data)) return;
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
      this.#data?.sections.forEach(({ start, end }, n) => {
        const mine = places.some((p) => (p.document.id || p.document) === this.#data.document && overlaps(p, start, end));
        this.shadowRoot.querySelectorAll("li")[n].classList.toggle("lit", mine);
      });
    }

    #item(section, parent) {
      const children = make("ul", { hidden: section.parent !== null });
      const toggle = parent
        ? make("button", {
            class: "toggle", type: "button", "aria-expanded": String(section.parent === null),
            "aria-label": `展开或收起：${visible(shortened(section.title))}`,
          })
        : make("span", { class: "leaf" });
      if (parent) {
        toggle.addEventListener("click", () => {
          children.hidden = !children.hidden;
          toggle.setAttribute("aria-expanded", String(!children.hidden));
        });
      }
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

  const READER = styled(`
dialog{position:fixed;inset:0 0 0 auto;margin:0;width:min(46rem,100vw);max-width:none;height:100dvh;max-height:none;padding:0;border:0;
  border-left:1px solid var(--sq-line);background:var(--sq-page);color:var(--sq-text);flex-direction:column;overscroll-behavior:contain}
dialog[open]{display:flex}
dialog::backdrop{background:rgb(0 0 0/.35)}
header{display:flex;gap:.5rem;align-items:flex-start;padding:.7rem 1rem;border-bottom:1px solid var(--sq-line)}
header div{flex:1;min-width:0}
h2{font-size:1.0625rem;margin:0;line-height:1.4}
.close{flex:none;border:1px solid var(--sq-edge);padding:.3rem .8rem}
.text{flex:1;overflow-y:auto;padding:1rem 1.25rem 40vh;font-family:var(--sq-quote);font-size:1.125rem;line-height:1.95}
.text p{margin:0 0 .55em;text-indent:2em;white-space:pre-wrap;content-visibility:auto;contain-intrinsic-size:auto 8rem}
.text p.plain{text-indent:0}
.text b{font-weight:700}
.text span{cursor:pointer;border-radius:3px}
.text span.lit{background:color-mix(in srgb,var(--sq-mark) 45%,transparent)}
.text span.here{background:var(--sq-mark)}
footer{display:flex;flex-wrap:wrap;gap:.25rem .6rem;align-items:center;padding:.5rem 1rem;border-top:1px solid var(--sq-line);font-size:.875rem;background:var(--sq-soft)}
footer cite{font-style:normal;flex:1 1 12rem}
footer button{color:var(--sq-link);min-height:2rem}
textarea.copy{position:absolute;width:1px;height:1px;opacity:0;padding:0;border:0}
`);

  class SpeechReader extends HTMLElement {
    #data = null;
    #places = [];
    #back = null;

    constructor() {
      super();
      this.attachShadow({ mode: "open" }).adoptedStyleSheets = [READER];
    }

    /** {document, title, text, offset, whole, lines, sentences: [[start, end, citation]…], citations, headings: [[start, end]…]} */
    set data(value) {
      const [old, now] = [this.#data, value];
      if (old && now && old.document === now.document && old.offset === now.offset && old.text === now.text) return;
      this.#data = now;
      this.#draw();
    }

    get document() {
      return this.#data?.document;
    }

    /** Tell whether the place is in the text at hand; a very long document is held in part. */
    holds(place) {
      const data = this.#data;
      if (!data || place.document !== data.document) return false;
      return data.whole || (place.start >= data.offset && place.end <= data.offset + data.size);
    }

    set places(value) {
      this.#places = value.map((place) => ({ ...place, document: place.document.id || place.document }));
    }

    open(place) {
      const dialog = this.shadowRoot.querySelector("dialog");
      if (!dialog.open) {
        this.#back = deepest();
        dialog.showModal();
      }
      this.#show(place);
    }

    #draw() {
      const data = this.#data;
      const text = make("div", { class: "text", tabindex: "0", role: "document", "aria-label": "原文" }, ...this.#paragraphs());
      text.addEventListener("click", (event) => {
        const span = event.target.closest?.("span[data-start]");
        if (span && globalThis.getSelection().isCollapsed) this.#show(this.#place(span));
      });
      const close = make("button", { class: "close", type: "button", onclick: () => this.#dialog.close() }, "返回");
      const head = make("div", {}, make("h2", {}, visible(data.title)), make("p", { class: "quiet" }, this.#about()));
      head.lastChild.style.margin = 0;
      const foot = make("footer", {}, make("cite", {}), ...this.#actions());
      const pages = make("speech-pages", {}, text); // pages.js: the original's pages beside the text
      pages.data = data.pages;
      const dialog = make("dialog", { "aria-label": `原文：${visible(data.title)}` }, make("header", {}, head, close), pages, foot);
      dialog.addEventListener("close", () => this.#back?.focus({ preventScroll: true }));
      dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
      this.shadowRoot.replaceChildren(dialog);
    }

    get #dialog() {
      return this.shadowRoot.querySelector("dialog");
    }

    #about() {
      const whole = this.#data.whole ? "" : "文稿很长，这里只显示附近的部分。";
      return `${whole}点一句可以复制它和出处。`;
    }

    #actions() {
      const step = (by) => () => this.#step(by);
      const copied = (what) => async (event) => {
        const button = event.target;
        const [label, done] = [button.textContent, await copy(what(), button)];
        button.textContent = done ? "已复制" : "复制不了，请手工选取";
        tell(this, "said", { text: button.textContent });
        setTimeout(() => (button.textContent = label), 2000);
      };
      return [
        make("button", { type: "button", class: "step", onclick: step(-1) }, "上一处"),
        make("button", { type: "button", class: "step", onclick: step(1) }, "下一处"),
        make("button", { type: "button", onclick: copied(() => this.#cited()) }, "复制"),
        !this.#data.own && make("button", { type: "button", onclick: copied(() => this.#link()) }, "复制链接"), // nobody else could open it
      ];
    }

    /** Sentences as spans in paragraphs; every character of the text is there, in order. */
    #paragraphs() {
      const { text, offset, lines, sentences, headings } = this.#data;
      const edges = new Set(lines ? [] : headings.map(([start]) => start - offset));
      const units = /[\ud800-\udfff]/.test(text) ? [...text] : text;
      const piece = (start, end) => visible(typeof units === "string" ? units.slice(start, end) : units.slice(start, end).join(""));
      const titled = (start, end) => Math.min(end, headings.find(([from, to]) => from <= start && start < to)?.[1] ?? start);
      const paragraphs = [];
      let current = make("p", { class: lines ? "plain" : "" });
      let at = 0;
      const close = () => {
        if (current.childNodes.length) paragraphs.push(current);
        current = make("p", { class: lines ? "plain" : "" });
      };
      const gap = (until) => {
        const between = piece(at, until);
        between.split("\n").forEach((part, n) => {
          if (n) close();
          if (part) current.append(part);
        });
        at = until;
      };
      sentences.forEach(([start, end], n) => {
        gap(start - offset);
        if (edges.has(start - offset)) close();
        const title = titled(start, end);
        const heading = title > start && make("b", {}, piece(start - offset, title - offset));
        current.append(make("span", { "data-start": start, "data-n": n }, heading, piece(title - offset, end - offset)));
        at = end - offset;
      });
      gap(units.length);
      close();
      return paragraphs;
    }

    #place(span) {
      const [start, end] = this.#data.sentences[Number(span.dataset.n)];
      return { document: this.#data.document, start, end };
    }

    #show(place) {
      this.now = place;
      this.shadowRoot.querySelector("speech-pages").at(place.start);
      let first = null;
      for (const span of this.shadowRoot.querySelectorAll("span[data-n]")) {
        const [start, end] = this.#data.sentences[Number(span.dataset.n)];
        const here = overlaps(place, start, end);
        span.classList.toggle("here", here);
        const lit = this.#places.some((p) => p.document === this.#data.document && overlaps(p, start, end));
        span.classList.toggle("lit", lit && !here);
        if (here) first ??= span;
      }
      const steps = this.#places.filter((p) => p.document === this.#data.document).length;
      this.shadowRoot.querySelectorAll(".step").forEach((button) => (button.hidden = steps < 2));
      const n = first ? Number(first.dataset.n) : 0;
      this.shadowRoot.querySelector("cite").textContent = visible(this.#data.citations[this.#data.sentences[n]?.[2]] || "");
      const text = this.shadowRoot.querySelector(".text");
      text.focus({ preventScroll: true });
      first?.scrollIntoView({ block: "center" });
      requestAnimationFrame(() => first?.scrollIntoView({ block: "center" })); // once the paragraphs above have their height
    }

    #step(by) {
      const mine = this.#places.filter((p) => p.document === this.#data.document).sort((a, b) => a.start - b.start);
      const after = mine.findIndex((p) => p.start > this.now.start || (p.start === this.now.start && p.end >= this.now.end));
      const here = mine.findIndex((p) => overlaps(p, this.now.start, this.now.end));
      const next = here >= 0 ? here + by : by > 0 ? after : after - 1;
      if (mine.length) this.#show(mine[(next + mine.length) % mine.length]);
    }

    #cited() {
      const { text, offset, sentences, citations } = this.#data;
      const chosen = sentences.filter(([start, end]) => overlaps(this.now, start, end));
      if (!chosen.length) return "";
      const words = cut(text, chosen[0][0] - offset, chosen.at(-1)[1] - offset);
      return `${visible(words)}（${visible(citations[chosen[0][2]])}）`;
    }

    #link() {
      const { origin, pathname } = globalThis.location;
      return `${origin}${pathname}?doc=${encodeURIComponent(this.#data.document)}&at=${this.now.start}-${this.now.end}`;
    }
  }

  const DOORS = styled(`
.doors{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(15rem,100%),1fr));gap:.9rem}
section{border:1px solid var(--sq-line);border-top:4px solid var(--sq-c,var(--sq-other));border-radius:10px;padding:.7rem .55rem .6rem}
h2{font-size:1.0625rem;margin:0 .45rem .1rem}
p{margin:0 .45rem .4rem}
section button{display:block;width:100%;color:var(--sq-link);padding:.45rem;min-height:2.5rem}
.more{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin-top:1rem}
.more button{border:1px solid var(--sq-edge);border-radius:999px;padding:.25rem .85rem;min-height:2.25rem;font-size:.9375rem}
`);

  class SpeechDoors extends HTMLElement {
    constructor() {
      super();
      this.attachShadow({ mode: "open" }).adoptedStyleSheets = [DOORS];
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

  /** The element that has the focus, in whichever shadow root it is. */
  function deepest() {
    let found = document.activeElement;
    while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
    return found;
  }

  globalThis.customElements.define("speech-doors", SpeechDoors);
  globalThis.customElements.define("speech-map", SpeechMap);
  globalThis.customElements.define("speech-outline", SpeechOutline);
  globalThis.customElements.define("speech-reader", SpeechReader);
})();
