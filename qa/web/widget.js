/* The assistant in another page: a bubble with a panel, or <speech-qa document="…"></speech-qa> where it stands.
 *
 *   <script defer src="https://qa.intranet/widget.js" data-title="问讲话" data-document="…" data-position="left"
 *           data-theme="dark" data-accent="#8f1d22" data-open></script>   data-bubble="none": only the page's elements
 *
 * Methods, events and attributes: README.md. Nothing inline: a Content-Security-Policy that allows our origin in
 * script-src and connect-src is enough.
 */
(() => {
  const tools = globalThis.customElements.get("speech-tools");
  const { make, visible, icon, fixed, palette, origin, memory, STYLES } = tools;
  const SWAPS = 50; // times that the bubble comes back to a page which took it away with its body
  const ROOM = 28; // pixels of the log beside the newest answer, which stands at its top however short it is
  const BUBBLE = "M2 2h12a1.5 1.5 0 0 1 1.5 1.5v7A1.5 1.5 0 0 1 14 12H8l-4 3v-3H2A1.5 1.5 0 0 1 .5 10.5v-7A1.5 1.5 0 0 1 2 2zm2 3v1.4h8V5zm0 3v1.4h5.5V8z";
  const REMOVED = "问答助手已从页面移除，不能再提问。";
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`:host{${palette.light}}:host([data-scheme=dark]){${palette.dark}}${fixed(STYLES.base + STYLES.widget)}`);
  let count = 0;

  class SpeechQA extends HTMLElement {
    static observedAttributes = ["document", "heading", "open", "bubble", "theme", "accent"];
    #turns = []; // {question, literal, facet, answer}, oldest first
    #asking = null; // what stops the question on its way
    #parts = null;
    #greeted = null;
    #back = null; // what had the focus before the panel opened
    #number = ++count;
    #unfollow = null;
    #swaps = 0;
    #gone = false;

    connectedCallback() {
      if (!this.#parts) this.#build();
      this.#unfollow ??= tools.followHost(() => tools.dress(this));
      this.#show();
      this.#greetIfSeen();
    }

    /** A host page that swaps its body takes the bubble away with the old one: it comes back, with what it holds. */
    disconnectedCallback() {
      queueMicrotask(() => {
        if (this.isConnected) return;
        const ours = globalThis.SpeechQA?.element === this && !this.#gone;
        if (ours && document.body && this.#swaps++ < SWAPS) return document.body.append(this);
        this.#asking?.abort();
        this.#unfollow?.();
        this.#unfollow = null;
      });
    }

    attributeChangedCallback(name, before, now) {
      if (!this.#parts || before === now) return;
      if (name === "document") this.#empty(), this.#remember(), this.#greetIfSeen();
      if (name === "heading") this.#title();
      if (name === "open" || name === "bubble") this.#show();
      if (name === "theme" || name === "accent") tools.dress(this);
    }

    get server() {
      return origin.serverOf(this.getAttribute("server"));
    }

    /** Open the panel; the focus goes to the input. */
    open() {
      this.#back = document.activeElement === this ? null : document.activeElement;
      this.setAttribute("open", "");
      this.#parts?.input.focus();
    }

    /** Close the panel; a focus inside returns to where it came from, or to the bubble. */
    close() {
      const inside = document.activeElement === this;
      this.removeAttribute("open");
      if (!inside || !this.hasAttribute("bubble")) return;
      (this.#back?.isConnected && this.#back !== document.body ? this.#back : this.#parts.bubble).focus();
    }

    toggle() {
      return this.hasAttribute("open") ? this.close() : this.open();
    }

    destroy() {
      this.#gone = true;
      this.remove();
      if (globalThis.SpeechQA?.element === this) globalThis.SpeechQA.element = null;
    }

    /** Forget the conversation. */
    clear() {
      this.#empty();
      this.#save();
      this.#greetIfSeen();
    }

    #empty() {
      this.#asking?.abort();
      this.#turns = [];
      this.#greeted = null;
      this.#parts?.log.replaceChildren();
    }

    #greetIfSeen() {
      if (this.isConnected && (!this.hasAttribute("bubble") || this.hasAttribute("open"))) this.#greet();
    }

    /** Ask; gives the answer as the API has it, or null where none came. Rejects where the element is in no page. */
    async ask(question) {
      if (!this.isConnected) throw new Error(REMOVED);
      const asked = String(question).trim();
      if (!asked) return null;
      if (this.hasAttribute("bubble")) this.setAttribute("open", "");
      return this.#answer(this.#begin({ question: asked, literal: false, facet: null, answer: null }));
    }

    #begin(given) {
      const turn = { ...given, place: make("div", {}) };
      this.#turns.push(turn);
      this.#parts.log.append(turn.place);
      return turn;
    }

    #build() {
      const submit = (question) => this.ask(question).catch((error) => this.#say(error.message));
      const escape = () => this.hasAttribute("bubble") && (this.close(), true);
      const acts = { open: () => this.open(), close: () => this.close(), clear: () => this.clear(), full: () => this.#openFull(), submit, escape };
      const parts = (this.#parts = tools.panel(`speech-qa-${this.#number}`, acts));
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet];
      root.append(make("div", { class: "frame", lang: "zh-CN" }, parts.bubble, parts.panel));
      root.addEventListener("speechqa:said", (event) => this.#say(event.detail.text));
      // What <speech-answer> tells is for us; the page is told in our own words.
      for (const name of ["said", "places"]) root.addEventListener(`speechqa:${name}`, (event) => event.stopPropagation());
      root.addEventListener("speechqa:open", (event) => {
        event.stopPropagation();
        const { document: source, start, end } = event.detail;
        const url = this.#fullAddress(`?doc=${encodeURIComponent(source)}&at=${start}-${end}`);
        if (url && this.#tell("place", { document: source, start, end, url }, true)) globalThis.open(url, "_blank", "noopener");
      });
      this.#title();
      this.#remember();
    }

    #title() {
      const heading = this.getAttribute("heading") || "讲话问答";
      this.#parts.title.textContent = heading;
      this.#parts.bubble.replaceChildren(icon(BUBBLE), heading);
    }

    /** Show what the attributes say: an open panel, a bubble, or the panel in its place. */
    #show() {
      const { bubble, panel, shut, before, after } = this.#parts;
      const floating = this.hasAttribute("bubble");
      const open = !floating || this.hasAttribute("open");
      const changed = panel.hidden === open;
      bubble.hidden = !floating || open;
      bubble.setAttribute("aria-expanded", String(floating && open));
      panel.hidden = !open;
      shut.hidden = before.hidden = after.hidden = !floating;
      if (floating) {
        panel.setAttribute("role", "dialog");
        panel.setAttribute("aria-modal", "true");
      } else panel.removeAttribute("aria-modal");
      if (!floating || !this.isConnected) return;
      if (changed) this.#save();
      if (open) this.#greet();
      if (changed || open) this.#tell(open ? "opened" : "closed", {});
    }

    /** The chat's address; null, and said, where no server is known. */
    #fullAddress(query) {
      if (!this.#known) this.#say(origin.NO_SERVER);
      return this.#known && this.#known + query;
    }

    /** The full chat, with the conversation. */
    #openFull() {
      const url = this.#fullAddress(memory.query(this.#turns, this.getAttribute("document")));
      if (url) globalThis.open(url, "_blank", "noopener");
    }

    /** Draw the conversation that this tab had on the page before. */
    #remember() {
      if (!this.#known) return;
      const { turns, open } = memory.load(this.#known, this);
      for (const kept of turns) this.#draw(this.#begin(kept), false);
      if (turns.length) this.#greeted = this.#parts.log;
      if (open && this.hasAttribute("bubble")) this.setAttribute("open", "");
    }

    #save() {
      const turns = this.#turns.filter((turn) => turn.answer?.points).map(({ place, ...kept }) => kept);
      if (this.#known) memory.save(this.#known, this, turns, this.hasAttribute("open"));
    }

    /** The server, null where none is known. */
    get #known() {
      return origin.find(this.getAttribute("server"));
    }

    #tell(type, detail, cancelable = false) {
      return this.dispatchEvent(new CustomEvent(`speechqa:${type}`, { detail, bubbles: true, composed: true, cancelable }));
    }

    #say(text) {
      this.#parts.live.textContent = text;
    }

    #fetch(path, body, signal) {
      return origin.request(() => this.server, path, body, signal);
    }

    /** The document's name and its starter questions, once. */
    #greet() {
      if (this.#greeted) return;
      this.#greeted = make("div", {});
      this.#parts.log.prepend(this.#greeted);
      const again = () => {
        this.#greeted.remove();
        this.#greeted = null;
        this.#greet();
      };
      const fetching = (path) => this.#fetch(path);
      tools.greet(this.#greeted, this.#parts, { fetching, wanted: this.getAttribute("document"), ask: (question) => this.ask(question), again });
    }

    /** Get an answer and draw it in its place of the log; the question stands there at once. */
    async #answer(turn) {
      this.#asking?.abort();
      const asking = (this.#asking = new AbortController());
      const { place, question, facet } = turn;
      this.#tell("question", { question });
      if (turn === this.#turns.at(-1)) for (const { place: other } of this.#turns) other.style.minHeight = other === place ? `${this.#parts.log.clientHeight - ROOM}px` : "";
      const before = [...place.childNodes];
      place.replaceChildren(make("p", { class: "asked" }, visible(question)), make("p", { class: "wait", role: "status" }, "正在查找原文……"));
      if (!before.length) tools.scrollTo(this.#parts.log, place);
      try {
        const answer = await this.#fetch("ask", { question, history: memory.leaning(this.#turns, turn), document: this.getAttribute("document"), facet }, asking.signal);
        turn.answer = answer;
        turn.given = undefined;
        this.#draw(turn, true);
        this.#save();
        this.#tell("answer", { answer });
        return answer;
      } catch (error) {
        if (asking.signal.aborted) {
          if (before.length) place.replaceChildren(...before);
          else place.remove(); // overtaken by another question, which may lean on it
          return null;
        }
        turn.answer = { question, standalone: question, error: error.message };
        this.#draw(turn, true);
        place.append(tools.retry(() => this.#answer(turn)));
        this.#tell("error", { message: error.message });
        return null;
      } finally {
        if (this.#asking === asking) this.#asking = null;
      }
    }

    #draw(turn, fresh) {
      const drawn = document.createElement("speech-answer");
      const earlier = this.#turns.slice(0, this.#turns.indexOf(turn));
      const noted = earlier.map(({ answer }) => answer?.points?.length && answer.note).filter(Boolean);
      drawn.options = { suggestions: true, feedback: true, edit: true, given: turn.given, literal: turn.literal, facet: turn.facet, noted, source: !this.#parts.one };
      drawn.answer = turn.answer;
      const on = (name, act) =>
        drawn.addEventListener(`speechqa:${name}`, (event) => {
          event.stopPropagation();
          act(event.detail || {});
        });
      const again = (more) => this.#answer(Object.assign(turn, more));
      on("ask", ({ question }) => this.ask(question));
      on("literal", () => again({ literal: true }));
      on("narrow", () => again({ facet: null }));
      on("edit", ({ question }) => again({ question, literal: false, facet: null }));
      on("feedback", (detail) => this.#judge(turn, detail));
      turn.place.replaceChildren(drawn);
      if (!fresh) return;
      this.#say(drawn.summary);
      tools.scrollTo(this.#parts.log, turn.place);
    }

    async #judge(turn, detail) {
      const { question, facet, place } = turn;
      const about = { question, history: memory.leaning(this.#turns, turn), facet, document: this.getAttribute("document") };
      const failed = await this.#fetch("feedback", { ...detail, ...about }).catch((error) => error);
      if (failed) return place.append(make("p", { role: "alert" }, visible(failed.message)));
      turn.given = detail.verdict;
      this.#draw(turn, false);
      this.#save();
      this.#say("已记下，谢谢");
    }
  }

  if (!globalThis.customElements.get("speech-qa")) globalThis.customElements.define("speech-qa", SpeechQA);
})();
