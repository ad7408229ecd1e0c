/* The assistant in another page: a bubble with a panel, or <speech-qa document="…"></speech-qa> where it stands.
 *
 *   <script defer src="https://qa.intranet/widget.js" data-title="问讲话" data-document="…" data-position="left"
 *           data-theme="dark" data-open></script>            data-bubble="none": only the elements of the page
 *
 * SpeechQA.open() close() toggle() ask(question) destroy() act on the bubble; each <speech-qa> has the same methods.
 * Events on the element, bubbling: speechqa:opened, speechqa:closed, speechqa:question {question},
 * speechqa:answer {answer}, speechqa:error {message}, speechqa:place {document, start, end, url} (preventDefault: the
 * page shows the place itself). Nothing inline: a Content-Security-Policy that allows our origin in script-src and
 * connect-src is enough. answer.js stands before this in the same file.
 */
(() => {
  const { make, visible, encode, fixed, palette, FACETS } = globalThis.customElements.get("speech-answer").tools;
  const address = document.currentScript ? document.currentScript.src : ownAddress();
  const script = document.currentScript || [...document.scripts].find((one) => address && one.src === address);
  const SERVER = address && new URL(".", address).href; // null: only elements that name their server can ask
  const QUESTION = 500; // characters a question may have: the server's default
  const SECONDS = 20; // until an answer must have come
  const SLOW = 250; // milliseconds until 正在查找 shows
  const AWAY = "无法连接问答服务。请检查网络，或稍后再试。";
  const NO_SERVER = '不知道问答服务在哪里：请给 <speech-qa> 加上 server="https://…/"。';
  const NO_HELPER = "这个页面没有问答助手：它已移除，或用了 data-bubble=none。请对 <speech-qa> 元素调用 ask。";
  const REMOVED = "问答助手已从页面移除，不能再提问。";

  /**
   * Where this very file came from, in a module, where no script element is told: the first address of the stack is
   * ours. Never guessed from the page's scripts: another vendor's widget.js would be sent the questions. Null where
   * it cannot be told.
   */
  function ownAddress() {
    const { stack } = new Error("where am I");
    const found = typeof stack === "string" && stack.match(/https?:\/\/[^\s()]+?(?=:\d+(?::\d+)?[\s)]|:\d+(?::\d+)?$)/m);
    return found && new URL(found[0]).pathname.endsWith("/widget.js") ? found[0] : null;
  }

  const STYLE = `
:host{${palette.light}display:block!important;position:static!important;visibility:visible!important;opacity:1!important;transform:none!important;filter:none!important;contain:none!important;--sq-rem:16px}
:host([bubble]){position:fixed!important;inset:auto 0 0 auto!important;width:0!important;height:0!important;margin:0!important;padding:0!important;border:0!important;z-index:2147483000!important}
:host([theme=dark]){${palette.dark}}
@media(prefers-color-scheme:dark){:host(:not([theme=light])){${palette.dark}}}
.frame{all:initial;display:block;color-scheme:light dark;font:var(--sq-font);line-height:1.65;color:var(--sq-text)}
:host([theme=light]) .frame{color-scheme:light}
:host([theme=dark]) .frame{color-scheme:dark}
*{box-sizing:border-box}
[hidden]{display:none!important}
p,h2,form{margin:0}
.bubble{position:fixed;inset:auto 1.25rem 1.25rem auto;border-radius:999px;padding:.7rem 1.2rem;min-height:3rem;background:var(--sq-link);color:var(--sq-page);font-weight:600;box-shadow:0 2px 10px #0005}
.bubble:hover{background:var(--sq-link);filter:brightness(1.1)}
.panel{display:flex;flex-direction:column;background:var(--sq-page);border:1px solid var(--sq-edge);border-radius:14px;height:var(--sq-height,34rem);max-height:90vh;overflow:hidden}
:host([bubble]) .panel{position:fixed;inset:auto 1.25rem 1.25rem auto;width:27rem;max-width:calc(100vw - 2.5rem);max-height:calc(100vh - 2.5rem);box-shadow:0 8px 30px #0004;animation:rise .15s ease-out}
:host([position=left]) .panel,:host([position=left]) .bubble{inset:auto auto 1.25rem 1.25rem}
@keyframes rise{from{opacity:0;translate:0 .6rem}}
header{display:flex;gap:.25rem;align-items:center;padding:.55rem .5rem .55rem 1rem;border-bottom:1px solid var(--sq-line)}
header div{flex:1;min-width:0}
header h2{font-size:1rem;line-height:1.4}
header p{font-size:.8125rem;color:var(--sq-quiet);white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.log{flex:1;overflow-y:auto;overscroll-behavior:contain;padding:1rem;min-height:0}
.log:focus-visible{outline:2px solid var(--sq-link);outline-offset:-2px}
.log>*+*{margin-top:1.6rem}
.door{margin-top:.9rem}
.door p,.wait{color:var(--sq-quiet);font-size:.875rem}
.chips{display:flex;flex-wrap:wrap;gap:.4rem;margin-top:.35rem}
form{display:flex;gap:.5rem;padding:.7rem;border-top:1px solid var(--sq-line)}
button{font:inherit;color:var(--sq-link);background:none;border:0;border-radius:8px;padding:.3rem .55rem;min-height:2.25rem;cursor:pointer;text-align:start}
button:hover{background:var(--sq-soft)}
button:focus-visible,input:focus-visible{outline:2px solid var(--sq-link);outline-offset:1px}
.chip{border:1px solid var(--sq-edge);border-radius:999px;color:var(--sq-text);font-size:.875rem}
input{all:unset;box-sizing:border-box;flex:1;min-width:0;border:1px solid var(--sq-edge);border-radius:8px;padding:.45rem .7rem;background:var(--sq-page);color:var(--sq-text)}
input::placeholder{color:var(--sq-quiet)}
form button,.retry{background:var(--sq-link);color:var(--sq-page)}
form button:hover,.retry:hover{background:var(--sq-link);filter:brightness(1.1)}
.own{padding:.1rem 1rem;font-size:.8125rem;color:var(--sq-quiet)}
.own button{font-size:.8125rem;min-height:2rem}
.live{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@media(max-width:480px){:host([bubble]) .panel{inset:0;width:auto;height:auto;max-width:none;max-height:none;border:0;border-radius:0}}
@media(prefers-reduced-motion:reduce){:host([bubble]) .panel{animation:none}}
@media print{.bubble,.panel{display:none!important}}
`;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(fixed(STYLE));
  let count = 0;

  class SpeechQA extends HTMLElement {
    static observedAttributes = ["document", "heading", "open", "bubble"];
    #history = []; // the questions, oldest first
    #asking = null; // what stops the question on its way
    #parts = null;
    #greeted = null;
    #back = null; // what had the focus before the panel opened
    #number = ++count;

    connectedCallback() {
      if (!this.#parts) this.#build();
      this.#show();
      if (!this.hasAttribute("bubble")) this.#greet();
    }

    disconnectedCallback() {
      this.#asking?.abort();
    }

    attributeChangedCallback(name, before, now) {
      if (!this.#parts || before === now) return;
      if (name === "document") this.clear();
      if (name === "heading") this.#title();
      if (name === "open" || name === "bubble") this.#show();
    }

    get server() {
      const named = this.getAttribute("server");
      if (!named && !SERVER) throw new Error(NO_SERVER);
      return new URL(named || "", SERVER || document.baseURI).href.replace(/\/?$/, "/");
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
      const back = this.#back?.isConnected && this.#back !== document.body ? this.#back : this.#parts.bubble;
      back.focus();
    }

    toggle() {
      if (this.hasAttribute("open")) this.close();
      else this.open();
    }

    destroy() {
      this.remove();
      if (globalThis.SpeechQA?.element === this) globalThis.SpeechQA.element = null;
    }

    /** Forget the conversation. */
    clear() {
      this.#asking?.abort();
      this.#history = [];
      this.#greeted = null;
      this.#parts?.log.replaceChildren();
      if (this.isConnected && (!this.hasAttribute("bubble") || this.hasAttribute("open"))) this.#greet();
    }

    /** Ask; gives the answer as the API has it, or null where none came. Rejects where the element is in no page. */
    async ask(question) {
      if (!this.isConnected) throw new Error(REMOVED);
      const asked = String(question).trim();
      if (!asked) return null;
      if (this.hasAttribute("bubble")) this.setAttribute("open", "");
      const history = [...this.#history];
      this.#history.push(asked);
      const place = make("div", {});
      this.#parts.log.append(place);
      return this.#answer(place, { question: asked, history, facet: null, literal: false });
    }

    #build() {
      const id = `speech-qa-${this.#number}`;
      const button = (label, act, more) => make("button", { type: "button", onclick: act, ...more }, label);
      const parts = {
        bubble: button("", () => this.open(), { class: "bubble", "aria-haspopup": "dialog", "aria-controls": id }),
        title: make("h2", { id: `${id}-title` }),
        about: make("p", {}),
        clear: button("清空", () => (this.clear(), parts.input.focus())),
        full: button("完整版", () => this.#openFull("")),
        shut: button("关闭", () => this.close()),
        own: make("p", { class: "own", hidden: true }, "要问自己的文稿（Word、PDF……）：", button("打开完整版", () => this.#openFull(""))),
        log: make("div", { class: "log", tabindex: "0", role: "region", "aria-label": "问答" }),
        live: make("div", { class: "live", role: "status" }),
        input: make("input", { type: "text", maxlength: QUESTION, "aria-label": "问题", placeholder: "问这篇讲话……", autocomplete: "off", enterkeyhint: "send" }),
        send: make("button", {}, "提问"),
        before: make("span", { tabindex: "0", onfocus: () => parts.send.focus() }),
        after: make("span", { tabindex: "0", onfocus: () => parts.clear.focus() }),
      };
      const submit = (event) => {
        event.preventDefault();
        const question = parts.input.value;
        parts.input.value = "";
        this.ask(question).catch((error) => this.#say(error.message));
      };
      const escape = (event) => {
        if (event.key !== "Escape" || event.isComposing || !this.hasAttribute("bubble")) return;
        event.stopPropagation();
        this.close();
      };
      parts.panel = make(
        "section",
        { class: "panel", id, "aria-labelledby": `${id}-title`, onkeydown: escape },
        parts.before,
        make("header", {}, make("div", {}, parts.title, parts.about), parts.clear, parts.full, parts.shut),
        parts.log,
        parts.own,
        make("form", { onsubmit: submit }, parts.input, parts.send),
        parts.live,
        parts.after,
      );
      this.#parts = parts;
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
    }

    #title() {
      const heading = this.getAttribute("heading") || "讲话问答";
      this.#parts.title.textContent = heading;
      this.#parts.bubble.textContent = heading;
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
      if (open) this.#greet();
      if (changed || open) this.#tell(open ? "opened" : "closed", {});
    }

    /** The chat's address; null, and said, where no server is known. */
    #fullAddress(query) {
      const source = this.getAttribute("document");
      try {
        return this.server + (query || (source ? `?doc=${encodeURIComponent(source)}` : ""));
      } catch (error) {
        this.#say(error.message);
        return null;
      }
    }

    #openFull(query) {
      const url = this.#fullAddress(query);
      if (url) globalThis.open(url, "_blank", "noopener");
    }

    #tell(type, detail, cancelable = false) {
      return this.dispatchEvent(new CustomEvent(`speechqa:${type}`, { detail, bubbles: true, composed: true, cancelable }));
    }

    #say(text) {
      this.#parts.live.textContent = text;
    }

    /** Fetch JSON; what fails has a message in Chinese. */
    async #fetch(path, body, signal) {
      let response;
      const time = AbortSignal.timeout(SECONDS * 1000);
      try {
        response = await fetch(`${this.server}api/v1/${path}`, {
          method: body ? "POST" : "GET",
          headers: body ? { "content-type": "application/json" } : {},
          body: body && encode(body),
          credentials: "omit",
          signal: signal && AbortSignal.any ? AbortSignal.any([signal, time]) : signal || time,
        });
      } catch (error) {
        if (signal?.aborted || error.message === NO_SERVER) throw error;
        throw new Error(AWAY);
      }
      if (response.status === 204) return null;
      const data = await response.json().catch(() => null);
      if (response.ok && data) return data;
      throw new Error(data?.detail || (response.status >= 500 ? AWAY : `请求没有成功（${response.status}）。`));
    }

    /** The document's name and its starter questions, once. */
    async #greet() {
      if (this.#greeted) return;
      const greeting = make("div", {});
      this.#greeted = greeting;
      this.#parts.log.prepend(greeting);
      try {
        const documents = await this.#fetch("documents");
        const wanted = this.getAttribute("document");
        const chosen = documents.find((one) => one.id === wanted || one.title === wanted);
        const one = chosen || (documents.length === 1 ? documents[0] : null);
        if (wanted && !one) throw new Error("这篇文稿不在索引里。请检查 document 的值。");
        this.#fetch("uploads").then(({ allowed }) => (this.#parts.own.hidden = !allowed), () => {}); // an older server has none
        this.#parts.about.textContent = one ? visible(`《${one.title}》`) : `${documents.length} 篇文稿`;
        greeting.append(make("p", {}, "直接提问，得到一字不差的原文和出处。"));
        if (!one) return;
        const { doors, more } = await this.#fetch(`documents/${encodeURIComponent(one.id)}/starters`);
        for (const [facet, questions] of doors) greeting.append(this.#door(FACETS[facet], questions));
        greeting.append(this.#door("还可以问", more.slice(0, 2)));
      } catch (error) {
        this.#failed(greeting, error.message, () => {
          greeting.remove();
          this.#greeted = null;
          this.#greet();
        });
      }
    }

    #door(name, questions) {
      const chip = (question) => make("button", { type: "button", class: "chip", onclick: () => this.ask(question) }, visible(question));
      return make("div", { class: "door", role: "group", "aria-label": name }, make("p", {}, name), make("div", { class: "chips" }, ...questions.map(chip)));
    }

    /** Get an answer and draw it in its place of the log. */
    async #answer(place, asked) {
      this.#asking?.abort();
      const asking = (this.#asking = new AbortController());
      this.#tell("question", { question: asked.question });
      const wait = make("p", { class: "wait", hidden: true }, visible(asked.question), " · 正在查找……");
      const slow = setTimeout(() => (wait.hidden = false), SLOW);
      if (!place.firstChild) place.append(wait);
      try {
        const answer = await this.#fetch(
          "ask",
          {
            question: asked.question,
            history: asked.literal ? [] : asked.history,
            document: this.getAttribute("document"),
            facet: asked.facet,
          },
          asking.signal,
        );
        this.#draw(place, answer, asked);
        this.#tell("answer", { answer });
        return answer;
      } catch (error) {
        if (asking.signal.aborted) {
          if (wait.isConnected) place.remove();
          return null;
        }
        this.#draw(place, { question: asked.question, standalone: asked.question, error: error.message }, asked);
        this.#failed(place, "", () => this.#answer(place, asked));
        this.#tell("error", { message: error.message });
        return null;
      } finally {
        clearTimeout(slow);
        if (this.#asking === asking) this.#asking = null;
      }
    }

    #failed(place, message, again) {
      if (message) place.append(make("p", { role: "alert" }, visible(message)));
      place.append(make("p", { class: "chips" }, make("button", { type: "button", class: "retry", onclick: again }, "重试")));
    }

    #draw(place, answer, asked, given) {
      const drawn = document.createElement("speech-answer");
      const again = (more) => this.#answer(place, { ...asked, ...more });
      drawn.options = { chips: true, suggestions: true, feedback: true, edit: true, given, literal: asked.literal, facet: asked.facet };
      drawn.answer = answer;
      const on = (name, act) =>
        drawn.addEventListener(`speechqa:${name}`, (event) => {
          event.stopPropagation();
          act(event.detail || {});
        });
      on("ask", ({ question }) => this.ask(question));
      on("literal", () => again({ literal: true }));
      on("narrow", ({ facet }) => again({ facet }));
      on("edit", () => {
        this.#parts.input.value = asked.question;
        this.#parts.input.focus();
      });
      on("feedback", async (detail) => {
        const { question, facet } = asked;
        const history = asked.literal ? [] : asked.history;
        try {
          await this.#fetch("feedback", { ...detail, question, history, facet, document: this.getAttribute("document") });
          this.#draw(place, answer, asked, detail.verdict);
          this.#say("已记下，谢谢");
        } catch (error) {
          this.#say(error.message);
          place.append(make("p", { role: "alert" }, visible(error.message)));
        }
      });
      const first = !place.querySelector("speech-answer");
      place.replaceChildren(drawn);
      if (given) return;
      this.#say(drawn.summary);
      if (first) this.#parts.log.scrollTop += place.getBoundingClientRect().top - this.#parts.log.getBoundingClientRect().top - 12;
    }
  }

  if (!globalThis.customElements.get("speech-qa")) globalThis.customElements.define("speech-qa", SpeechQA);

  const call =
    (name) =>
    (...given) => {
      const { element } = globalThis.SpeechQA;
      if (element) return element[name](...given);
      return name === "ask" ? Promise.reject(new Error(NO_HELPER)) : undefined;
    };
  globalThis.SpeechQA ||= Object.assign(Object.fromEntries(["open", "close", "toggle", "ask", "destroy"].map((n) => [n, call(n)])), { element: null });

  /** The page's bubble; a page that loads us twice has one. */
  function start() {
    const { title, document: source, position, theme, open, bubble } = script?.dataset || {};
    if (bubble === "none" || globalThis.SpeechQA.element) return;
    const element = document.createElement("speech-qa");
    const given = { heading: title, document: source, position, theme, server: SERVER || undefined, bubble: "", open };
    for (const [name, value] of Object.entries(given)) if (value !== undefined) element.setAttribute(name, value);
    globalThis.SpeechQA.element = element;
    document.body.append(element);
  }

  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
})();
