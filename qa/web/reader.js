/* <speech-reader>: the text itself. From 1200 px on it stands beside the answers, always; below, in a sheet that the
 * browser's Back closes. A place is opened with the event speechqa:open {document, start, end}, wherever it comes
 * from; it tells speechqa:showing {place} and speechqa:at {document, start} of what it shows, speechqa:about {text} of
 * a sentence that is to be asked about. Needs tools.js and text.js. Every text is set as textContent.
 */
(() => {
  if (globalThis.customElements.get("speech-reader")) return;
  const tools = globalThis.customElements.get("speech-tools");
  const { make, visible, cut, copier, shortened, tell, overlaps, kept, palette, deepest } = tools;
  const SIZES = ["1rem", "1.125rem", "1.3rem", "1.55rem"];
  const THEMES = { "": "随页面", light: "浅色", dark: "深色" };
  const CONTROL = "button, a, input, textarea, summary, [role=slider]"; // what a person may have pressed to come here
  const SETTLE = 120; // milliseconds after which what is scrolled to is told
  const sheet = tools.styled("reader");
  const schemes = new CSSStyleSheet();
  schemes.replaceSync(`:host([data-theme=light]){${palette.light}}:host([data-theme=dark]){${palette.dark}}`);
  const wide = globalThis.matchMedia("(min-width: 1200px)");

  class SpeechReader extends HTMLElement {
    #data = null;
    #places = [];
    #back = null;
    #parts = null;
    #pushed = false; // an entry of the browser's history stands for the open sheet
    #spans = [];

    constructor() {
      super();
      this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet, schemes];
      wide.addEventListener("change", () => this.#settle());
      this.addEventListener("keydown", (event) => this.#key(event));
    }

    /** {document, title, text, offset, whole, lines, sentences: [[start, end, citation, paragraph]…], citations, headings: [[start, title_end, end]…]} */
    set data(value) {
      const [old, now] = [this.#data, value];
      const same = old && now && old.document === now.document && old.offset === now.offset && old.text === now.text;
      this.#data = now;
      if (!same) this.#draw();
      else if (tools.encode(old.pages) !== tools.encode(now.pages)) this.#repage();
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
      this.#light();
    }

    open(place) {
      const { dialog } = this.#parts;
      if (!wide.matches && !dialog.open) {
        this.#back = deepest();
        dialog.showModal();
        this.#pushed = true;
        history.pushState({ speechqa: "reader" }, "");
      }
      this.#show(place, { focus: !wide.matches });
    }

    /** No answer is there any more: nothing is marked, and the text stands at its beginning. */
    rest() {
      if (!this.#parts) return;
      const { text, foot } = this.#parts;
      this.now = null;
      this.#light();
      foot.hidden = true;
      text.scrollTop = 0;
      this.#at();
    }

    /** The browser went back: close the sheet where that was its entry; tells whether it was. */
    popped() {
      const mine = this.#pushed;
      this.#pushed = false;
      if (this.#parts?.dialog.open) this.#parts.dialog.close();
      return mine;
    }

    #draw() {
      const data = this.#data;
      const text = make("div", { class: "text", tabindex: "0", role: "document", "aria-label": "原文" }, ...tools.paragraphs(data));
      text.addEventListener("click", (event) => {
        const span = event.target.closest?.("span[data-start]");
        if (span && globalThis.getSelection().isCollapsed) this.#show(this.#place(span), { scroll: false });
      });
      let timer = 0;
      text.addEventListener("scroll", () => {
        clearTimeout(timer);
        timer = setTimeout(() => this.#at(), SETTLE);
      });
      const foot = make("div", { class: "foot", hidden: true }, make("cite", {}), ...this.#actions());
      const pages = make("speech-pages", {}, text); // pages.js: the original's pages beside the text
      pages.data = data.pages;
      const aside = make("aside", { "aria-label": `原文：${visible(data.title)}` }, this.#header(text), pages, foot);
      const dialog = make("dialog", { "aria-label": `原文：${visible(data.title)}` });
      dialog.addEventListener("close", () => this.#closed());
      dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
      const was = this.#parts?.dialog.open;
      this.#parts = { text, pages, foot, aside, dialog };
      this.#spans = [...text.querySelectorAll("span[data-n]")];
      this.shadowRoot.replaceChildren(dialog);
      this.#settle();
      this.#look();
      if (was && !wide.matches) dialog.showModal();
    }

    /** The same text, but its original has gone or come. */
    #repage() {
      const { pages } = this.#parts;
      pages.data = this.#data.pages;
      if (this.now?.document === this.#data.document) pages.at(this.now.start);
    }

    /** Stand beside the answers where there is room, else in the sheet. */
    #settle() {
      if (!this.#parts) return;
      const { aside, dialog } = this.#parts;
      this.toggleAttribute("panes", wide.matches);
      document.documentElement.toggleAttribute("data-speechqa-panes", wide.matches);
      if (wide.matches && dialog.open) dialog.close();
      (wide.matches ? this.shadowRoot : dialog).append(aside);
      this.#at();
    }

    #closed() {
      if (this.#parts.dialog.open) return; // opened again before this was told
      if (this.#pushed) history.back(); // closed by hand: its entry goes too
      const back = this.#back;
      if (back?.isConnected && back.matches(CONTROL)) back.focus({ preventScroll: true });
      else tell(this, "left", { place: this.now }); // a press on words has no focus to give back
    }

    get #about() {
      return this.#data.whole ? "点一句可以复制，或就它提问。" : "文稿很长，这里只显示附近的部分。";
    }

    #header(text) {
      const data = this.#data;
      const close = make("button", { class: "close", type: "button", onclick: () => this.#parts.dialog.close() }, "返回");
      const where = make("p", { class: "quiet where" }, this.#about);
      const top = make("div", { class: "top" }, make("div", { class: "named" }, make("h2", {}, visible(data.title)), where), close);
      return make("header", {}, top, tools.searchBar(text, this.#looks()));
    }

    /** Type size and theme, kept in this browser. */
    #looks() {
      const size = (by) => () => {
        const now = kept.get("size", 1);
        kept.set("size", Math.max(0, Math.min(SIZES.length - 1, now + by)));
        this.#look();
      };
      const theme = () => {
        const names = Object.keys(THEMES);
        kept.set("theme", names[(names.indexOf(kept.get("theme", "")) + 1) % names.length]);
        this.#look();
      };
      const button = (label, name, act) => make("button", { type: "button", "aria-label": name, title: name, onclick: act }, label);
      return make("div", { class: "look", role: "group", "aria-label": "字号和颜色" }, button("小", "字小一号", size(-1)), button("大", "字大一号", size(1)), button("随页面", "换颜色", theme));
    }

    #look() {
      const theme = THEMES[kept.get("theme", "")] ? kept.get("theme", "") : "";
      this.style.setProperty("--sq-reading", SIZES[kept.get("size", 1)] || SIZES[1]);
      if (theme) this.dataset.theme = theme;
      else delete this.dataset.theme;
      const button = this.shadowRoot.querySelector(".look button:last-child");
      button.textContent = THEMES[theme];
      button.setAttribute("aria-label", `颜色：${THEMES[theme]}，点一下换`);
    }

    /** Ctrl-F finds in the text where the text is what one is in. */
    #key(event) {
      if (event.key.toLowerCase() !== "f" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
      event.preventDefault();
      const input = this.shadowRoot.querySelector(".find input");
      input.focus();
      input.select();
    }

    #actions() {
      const step = (by) => () => this.#step(by);
      return [
        make("button", { type: "button", class: "step", onclick: step(-1) }, "上一处引文"),
        make("button", { type: "button", class: "step", onclick: step(1) }, "下一处引文"),
        copier("复制", () => ({ text: this.#cited() })),
        !this.#data.own && copier("复制链接", () => ({ text: this.#link() })), // nobody else could open it
        make("button", { type: "button", onclick: () => this.#ask() }, "就这句提问"),
      ];
    }

    #place(span) {
      const [start, end] = this.#data.sentences[Number(span.dataset.n)];
      return { document: this.#data.document, start, end };
    }

    #light() {
      if (!this.#data) return;
      const mine = this.#mine;
      for (const span of this.#spans) {
        const [start, end] = this.#data.sentences[Number(span.dataset.n)];
        const here = Boolean(this.now) && overlaps(this.now, start, end);
        span.classList.toggle("here", here);
        span.classList.toggle("lit", !here && mine.some((place) => overlaps(place, start, end)));
      }
      this.shadowRoot.querySelectorAll(".step").forEach((button) => (button.hidden = mine.length < 2));
    }

    get #mine() {
      return this.#places.filter((place) => place.document === this.#data?.document).sort((a, b) => a.start - b.start);
    }

    #show(place, { scroll = true, focus = false } = {}) {
      this.now = place;
      this.#light();
      const { text, pages, foot } = this.#parts;
      pages.at(place.start);
      const first = this.#spans.find((span) => span.classList.contains("here"));
      const n = first ? Number(first.dataset.n) : 0;
      foot.hidden = false;
      foot.querySelector("cite").textContent = visible(this.#data.citations[this.#data.sentences[n]?.[2]] || "");
      if (focus) text.focus({ preventScroll: true });
      if (scroll) {
        const show = () => first?.scrollIntoView({ block: "center" });
        show();
        requestAnimationFrame(show); // once the paragraphs above have their height
      }
      tell(this, "showing", { place });
      if (scroll) setTimeout(() => this.#at(), SETTLE);
    }

    /** Tell which section is seen, and name it: that of the place that is marked, else the one at the top. */
    #at() {
      const { text } = this.#parts;
      const box = text.getBoundingClientRect();
      if (!box.height) return;
      const marked = this.#spans.find((one) => one.classList.contains("here"));
      const lies = marked?.getBoundingClientRect();
      const seen = lies && lies.bottom > box.top && lies.top < box.bottom;
      const found = [24, 60, 100].map((down) => this.shadowRoot.elementFromPoint(box.left + box.width / 2, box.top + down)?.closest?.("p")).find(Boolean);
      const span = seen ? marked : found?.querySelector("span[data-n]");
      if (!span) return;
      const { start } = this.#place(span);
      const heading = this.#data.headings.filter(([from, , end]) => from <= start && start < end).at(-1);
      const { text: all, offset } = this.#data;
      const named = heading && visible(shortened(cut(all, heading[0] - offset, heading[1] - offset), 40));
      this.shadowRoot.querySelector(".where").textContent = named ?? this.#about;
      tell(this, "at", { document: this.#data.document, start });
    }

    #step(by) {
      const mine = this.#mine;
      const after = mine.findIndex((p) => p.start > this.now.start || (p.start === this.now.start && p.end >= this.now.end));
      const here = mine.findIndex((p) => overlaps(p, this.now.start, this.now.end));
      const next = here >= 0 ? here + by : by > 0 ? after : after - 1;
      if (mine.length) this.#show(mine[(next + mine.length) % mine.length]);
    }

    get #chosen() {
      return this.#data.sentences.filter(([start, end]) => overlaps(this.now, start, end));
    }

    #words() {
      const [chosen, { text, offset }] = [this.#chosen, this.#data];
      return chosen.length ? visible(cut(text, chosen[0][0] - offset, chosen.at(-1)[1] - offset)) : "";
    }

    #cited() {
      const words = this.#words();
      return words && `${words}（${visible(this.#data.citations[this.#chosen[0][2]])}）`;
    }

    #ask() {
      const words = this.#words();
      if (this.#parts.dialog.open) this.#parts.dialog.close();
      tell(this, "about", { text: words });
    }

    #link() {
      const { origin, pathname } = globalThis.location;
      return `${origin}${pathname}?doc=${encodeURIComponent(this.#data.document)}&at=${this.now.start}-${this.now.end}`;
    }
  }

  globalThis.customElements.define("speech-reader", SpeechReader);
})();
