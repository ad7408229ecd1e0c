/* Finding words in the reader's text: matches counted and gone through. Members of <speech-tools>. */
(() => {
  const tools = globalThis.customElements.get("speech-tools");
  if (tools.searchBar) return;
  const { make, visible, shortened } = tools;
  const MOST = 5000; // matches that are marked

  /** Finds words in paragraphs and goes from one to the next; marks them where the browser can without changing the text. */
  class Finder {
    constructor(root) {
      this.root = root;
      this.ranges = [];
      this.at = -1;
    }

    /** Find all; returns {matches, paragraphs}: those of the text, however a paragraph is broken for the eye. */
    find(words) {
      this.clear();
      const wanted = words.trim().toLowerCase();
      const pieces = [];
      for (const piece of this.root.querySelectorAll("p")) {
        if (piece.hasAttribute("data-on") && pieces.length) pieces.at(-1).push(piece);
        else pieces.push([piece]);
      }
      const there = wanted ? pieces.filter((paragraph) => this.#within(paragraph, wanted)) : [];
      this.#mark("speechqa-found", this.ranges.slice(0, MOST));
      return { matches: this.ranges.length, paragraphs: there.length };
    }

    #within(paragraph, wanted) {
      const nodes = [];
      let text = "";
      for (const piece of paragraph) {
        const walker = document.createTreeWalker(piece, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
          nodes.push([text.length, walker.currentNode]);
          text += walker.currentNode.data;
        }
      }
      const low = text.toLowerCase();
      const before = this.ranges.length;
      const point = (at) => nodes.findLast?.(([start]) => start <= at) ?? [...nodes].reverse().find(([start]) => start <= at);
      for (let from = low.indexOf(wanted); from >= 0; from = low.indexOf(wanted, from + wanted.length)) {
        const range = document.createRange();
        const [first, start] = point(from);
        const [last, end] = point(from + wanted.length - 1);
        range.setStart(start, from - first);
        range.setEnd(end, from + wanted.length - last);
        this.ranges.push(range);
      }
      return this.ranges.length > before;
    }

    /** Go on by so many matches, round at the ends; returns the element of the match that is shown now. */
    step(by) {
      if (!this.ranges.length) return null;
      this.at = this.at < 0 && by < 0 ? this.ranges.length - 1 : (this.at + by + this.ranges.length) % this.ranges.length;
      const range = this.ranges[this.at];
      this.#mark("speechqa-now", [range]);
      return range.startContainer.parentElement;
    }

    clear() {
      this.ranges = [];
      this.at = -1;
      for (const name of ["speechqa-found", "speechqa-now"]) this.#mark(name, []);
    }

    #mark(name, ranges) {
      globalThis.CSS?.highlights?.set(name, new Highlight(...ranges));
    }
  }

  /** A search of our own: what the browser's finds on the whole page, this counts in the text. */
  tools.searchBar = (text, beside) => {
    const finder = new Finder(text);
    const input = make("input", { type: "search", "aria-label": "在原文里查找", placeholder: "在原文里查找", autocomplete: "off" });
    const said = make("span", { class: "quiet count", role: "status" });
    let found = "";
    const step = (by) => {
      finder.step(by)?.scrollIntoView({ block: "center" });
      said.textContent = found && `第 ${finder.at + 1} 处，${found}`;
    };
    const buttons = [-1, 1].map((by) => make("button", { type: "button", class: "match", hidden: true, onclick: () => step(by) }, by < 0 ? "上一处" : "下一处"));
    const search = () => {
      const { matches, paragraphs } = finder.find(input.value);
      const asked = input.value.trim();
      found = matches ? `共 ${matches} 处，在 ${paragraphs} 段里` : "";
      for (const button of buttons) button.hidden = !matches;
      if (matches) step(1);
      else said.textContent = asked && `没有“${visible(shortened(asked, 12))}”`;
    };
    input.addEventListener("input", search);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) step(event.shiftKey ? -1 : 1);
      if (event.key !== "Escape" || !input.value) return;
      event.preventDefault();
      event.stopPropagation();
      input.value = "";
      search();
    });
    return make("div", { class: "find", role: "search" }, input, beside, make("span", { class: "found" }, said, ...buttons));
  };
})();
