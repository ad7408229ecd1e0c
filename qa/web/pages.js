/* <speech-pages>: the pages of the original around the text that the reader shows (its child .text). A line says on
 * which page the place stands and opens the original there; of a scan the page's picture stands beside the recognised
 * words (above them on a narrow screen), and follows them. Needs tools.js before it. Every text is set as textContent.
 */
(() => {
  if (globalThis.customElements.get("speech-pages")) return;
  const tools = globalThis.customElements.get("speech-tools");
  const { make, visible } = tools;
  const KEPT = 6; // pictures that are held, so that going back is at once
  const REST = 150; // milliseconds that a page must stay before its picture is asked for
  const STILL = 700; // milliseconds after a place was opened in which scrolling is not the person's
  const FOLLOW = 80; // milliseconds after which words that were scrolled stand, and are drawn
  const PROBES = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8].flatMap((y) => [[0.5, y], [0.2, y]]); // where a sentence may stand
  const AWAY = "页面图像没有取到：连接断开了。请检查网络再试。";

  const sheet = tools.styled("pages");

  class SpeechPages extends HTMLElement {
    #data = null;
    #now = null; // the page at hand: [number, start, end, scan]
    #open = null; // whether the picture is shown: null as long as the person has not said
    #held = new Map(); // number -> address of a picture
    #opened = 0;
    #waiting = 0;
    #scrolling = 0;

    constructor() {
      super();
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet];
      this.parts = {
        page: make("span", {}),
        scan: make("span", {}),
        link: make("a", { target: "_blank", rel: "noopener" }),
        toggle: make("button", { type: "button", onclick: () => this.#toggle() }),
        note: make("span", {}),
        picture: make("img", {}),
        said: make("p", { role: "status" }),
      };
      const { page, scan, link, toggle, note, picture, said } = this.parts;
      this.parts.bar = make("div", { class: "bar", hidden: true }, page, scan, link, toggle, note);
      this.parts.figure = make("figure", { tabindex: "0", hidden: true }, picture, said);
      root.append(this.parts.bar, make("div", { class: "both" }, this.parts.figure, make("slot", {})));
      this.addEventListener("scroll", () => this.#scrolled(), { capture: true, passive: true });
    }

    /** Taken away for good; the reader also moves us between the page and its sheet. */
    disconnectedCallback() {
      queueMicrotask(() => {
        if (this.isConnected) return;
        clearTimeout(this.#waiting);
        this.#dropAll();
      });
    }

    /** {pages: [[number, start, end, scan]…], kind: pdf | image | file, address: of the original | null, own} | null */
    set data(data) {
      if (data?.address !== this.#data?.address) this.#dropAll(); // pictures of another file, or of one that is gone
      this.#data = data;
      this.#now = null;
      if (data && !data.pages.length) this.#draw();
    }

    /** Show the page on which the character `place` stands. */
    at(place) {
      this.#opened = Date.now();
      this.#turn(place);
    }

    #turn(place) {
      const pages = this.#data?.pages ?? [];
      const found = pages.findLast(([, start]) => start <= place) ?? pages[0];
      if (!found || found === this.#now) return;
      this.#now = found;
      this.#draw();
    }

    /** The words were scrolled: once they stand, the picture follows what is in their middle. */
    #scrolled() {
      if (!this.#now || Date.now() - this.#opened < STILL) return;
      clearTimeout(this.#scrolling);
      this.#scrolling = setTimeout(() => requestAnimationFrame(() => this.#follow()), FOLLOW);
    }

    #follow() {
      if (!this.isConnected) return;
      const box = this.querySelector(".text").getBoundingClientRect();
      const root = this.getRootNode();
      for (const [x, y] of PROBES) {
        const there = root.elementFromPoint(box.x + x * box.width, box.y + y * box.height);
        const start = there?.closest?.("[data-start]")?.dataset.start;
        if (start !== undefined) return this.#turn(Number(start));
      }
    }

    #toggle() {
      this.#open = !this.#shown;
      this.#draw();
    }

    get #shown() {
      const { address, kind } = this.#data;
      const drawable = Boolean(address && this.#now && kind !== "file");
      return drawable && (this.#open ?? this.#now[3] !== null);
    }

    #draw() {
      const { bar, page, scan, link, toggle, note, figure } = this.parts;
      const { address, kind, own, pages } = this.#data;
      const [number, , , sure] = this.#now ?? [null, 0, 0, null];
      page.textContent = number === null ? "" : `第 ${number} 页，共 ${pages.at(-1)[0]} 页`;
      scan.textContent = sure === null ? "" : `识别自扫描件，把握 ${Math.floor(100 * sure)}%`;
      link.hidden = !address;
      if (address) {
        link.href = new URL(kind === "pdf" && number !== null ? `${address}#page=${number}` : address, document.baseURI);
        link.textContent = kind === "file" ? "存下原件" : kind === "pdf" ? `查看原件第${number}页` : "查看原件";
      }
      toggle.hidden = !address || kind === "file" || number === null;
      toggle.textContent = this.#shown ? "收起页面图像" : "显示页面图像";
      toggle.setAttribute("aria-expanded", String(this.#shown));
      note.textContent = address ? "" : own ? "原件没有留在内存里。" : "原件不随索引保存，请在自己的文件里翻看。";
      bar.hidden = false;
      figure.hidden = !this.#shown;
      const dialog = this.closest("dialog");
      if (dialog) dialog.style.width = this.#shown ? "min(88rem,100vw)" : "";
      if (!this.#shown) return;
      figure.setAttribute("aria-label", `原件第 ${number} 页的图像`);
      clearTimeout(this.#waiting);
      if (this.#held.has(number)) this.#put(number);
      else this.#waiting = setTimeout(() => this.#fetch(number), REST);
    }

    #put(number) {
      const { picture, said, figure } = this.parts;
      picture.src = this.#held.get(number);
      picture.alt = `原件第 ${number} 页的图像`;
      picture.hidden = false;
      said.textContent = "";
      figure.scrollTop = 0;
    }

    async #fetch(number) {
      const { picture, said } = this.parts;
      const { address } = this.#data;
      picture.hidden = true;
      said.textContent = `正在取第 ${number} 页的图像……`;
      let reason = AWAY;
      try {
        const response = await fetch(new URL(`${address}/pages/${number}.png`, document.baseURI));
        const blob = response.ok && (await response.blob());
        if (!this.isConnected || this.#data?.address !== address) return; // nobody would let the picture go
        if (blob) {
          this.#held.set(number, URL.createObjectURL(blob));
          if (this.#held.size > KEPT) this.#drop([...this.#held.keys()].find((one) => one !== number));
          reason = "";
        } else reason = (await response.json()).detail;
        if (response.status === 404) this.parts.link.hidden = true; // the file is gone: it would lead nowhere
      } catch {
        /* away, or no answer of ours: said below */
      }
      if (!this.isConnected || this.#now?.[0] !== number) return;
      if (reason) said.textContent = visible(reason);
      else this.#put(number);
    }

    #dropAll() {
      for (const number of [...this.#held.keys()]) this.#drop(number);
    }

    #drop(number) {
      URL.revokeObjectURL(this.#held.get(number));
      this.#held.delete(number);
    }
  }

  globalThis.customElements.define("speech-pages", SpeechPages);
})();
