/* <speech-shelf>: the shared library at the foot of the list of documents, for who may write in it. Each change is
 * confirmed, since everybody sees it. Needs tools.js before it. The API decides who may; the key that it wants is asked
 * for once and kept in this tab. What has changed is told by `act`: {type: "shelved", documents}.
 */
(() => {
  if (globalThis.customElements.get("speech-shelf")) return;
  const tools = globalThis.customElements.get("speech-tools");
  const { make, visible } = tools;
  const KEY = "speechqa-library";
  const AWAY = "没有做成：连接断开了。请检查网络再试一次。";
  const BUSY = "前一件还没有做完，请稍等。";
  const PLAIN = /^[\w-]+$/;
  const UNFIT = ["key_needed", "scope_missing"]; // what is refused for the key
  const sheet = tools.styled("shelf");
  const titles = (documents) => documents.map((one) => `《${one.title}》`).join("");
  const button = (label, onclick, described) => make("button", { type: "button", "aria-label": described, onclick }, label);

  class SpeechShelf extends HTMLElement {
    #data = null;
    #busy = false;
    #key = kept(); // held here too: a browser may keep nothing
    #parts = null;

    constructor() {
      super();
      const input = make("input", { type: "file", multiple: true, hidden: true, "aria-label": "选择要加入文稿库的文件", onchange: () => this.#chosen() });
      this.#parts = { bar: make("div", { class: "bar" }), input, ask: make("div", { class: "ask", role: "alertdialog", hidden: true }), said: make("p", { role: "status" }) };
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet];
      root.append(this.#parts.ask, this.#parts.said, this.#parts.bar);
      root.addEventListener("keydown", (event) => {
        if (event.key !== "Escape" || this.#parts.ask.hidden) return;
        event.stopPropagation(); // the list of documents stays
        this.#close();
      });
    }

    /** {keyed, originals: {document: {name, address}}}, or null where the library is not written in from here. */
    set data(data) {
      if (Boolean(data) !== Boolean(this.#data) || data?.keyed !== this.#data?.keyed) this.#bar(data);
      this.#data = data;
      this.hidden = !data;
    }

    /** Whether the library can be written in now. */
    get open() {
      return Boolean(this.#data) && (!this.#data.keyed || Boolean(this.#key));
    }

    /** The button of one document of `documents`; null where nothing can be done with it. */
    button(one, documents) {
      const original = this.#data?.originals[one.id];
      const title = visible(`《${one.title}》`);
      if (!this.open) return null;
      if (one.own) return original ? button("加入文稿库", () => this.#offer(one, original), `把${title}加入文稿库`) : null;
      return documents.filter((other) => !other.own).length > 1 ? button("移出文稿库", () => this.#doubt(one), `把${title}移出文稿库`) : null;
    }

    /** Add files that a person chose or dropped, one after another. */
    add(files) {
      if (!files.length) return;
      const names = files.map((file) => file.name).join("、");
      this.#ask(`把 ${visible(names)} 加入文稿库？加入后大家都能问到。`, "加入文稿库", async () => {
        const said = [];
        for (const file of files) said.push(await this.#send(file, file.name).catch((error) => `${file.name}：${error.message}`));
        return said.join("");
      });
    }

    #chosen() {
      const files = [...this.#parts.input.files];
      this.#parts.input.value = "";
      this.add(files);
    }

    #offer(one, { name, address }) {
      this.#ask(`把《${visible(one.title)}》加入文稿库？加入后大家都能问到，不再只在这个对话里。`, "加入文稿库", async () => {
        const response = await called(address);
        return this.#send(await response.blob(), name);
      });
    }

    #doubt(one) {
      this.#ask(`把《${visible(one.title)}》移出文稿库？移出后大家都问不到它；原来的文件不动。`, "移出文稿库", async () => {
        await this.#call(`library/${encodeURIComponent(one.id)}`, { method: "DELETE" });
        this.act?.({ type: "shelved", documents: [one.id] });
        return `已移出文稿库：《${one.title}》。`;
      });
    }

    /** Add a file to the library; return what is said of it. */
    async #send(file, name) {
      const form = new FormData();
      form.append("file", file, name);
      const { added, same, refused } = await (await this.#call("library", { method: "POST", body: form })).json();
      this.act?.({ type: "shelved", documents: [...added, ...same].map((one) => one.id) });
      const told = [added.length && `已加入文稿库：${titles(added)}，大家都能问到。`, same.length && `文稿库里本来就有：${titles(same)}。`];
      return [...told, ...refused.map((one) => one.detail)].filter(Boolean).join("");
    }

    /** Call the API with this tab's key where one is wanted; a key that is refused is asked for again. */
    async #call(path, options) {
      const headers = this.#data?.keyed ? { authorization: `Bearer ${this.#key ?? ""}` } : {};
      try {
        return await called(`api/v1/${path}`, { ...options, headers });
      } catch (error) {
        if (this.#data?.keyed && UNFIT.includes(error.code)) this.#keep(null);
        throw error;
      }
    }

    /** Ask whether to do something; then do it, and say what came of it. */
    #ask(question, label, work) {
      if (this.#busy) return this.#say(BUSY, true);
      this.#show(question, make("p", {}, question), button(label, () => this.#do(label, work)), button("取消", () => this.#close()));
    }

    async #do(label, work) {
      this.#busy = true;
      this.back = null; // the document's button may go
      this.#close();
      this.#say(`正在${label}……`);
      try {
        this.#say(await work());
      } catch (error) {
        this.#say(error.message, true);
      }
      this.#busy = false;
    }

    /** Show what is to be answered first; the focus goes there, and back when it is closed. */
    #show(called, ...children) {
      const { ask, said } = this.#parts;
      said.textContent = "";
      this.back = this.getRootNode().activeElement;
      ask.setAttribute("aria-label", called);
      ask.replaceChildren(...children);
      ask.hidden = false;
      ask.querySelector("input, button").focus();
      ask.scrollIntoView({ block: "nearest" });
    }

    #close() {
      const { ask, bar } = this.#parts;
      ask.hidden = true;
      const back = this.back?.isConnected && this.back !== this ? this.back : bar.querySelector("button");
      back?.focus();
    }

    #say(text, wrong = false) {
      const { said } = this.#parts;
      said.className = wrong ? "bad" : "";
      said.textContent = visible(text);
      said.scrollIntoView({ block: "nearest" });
    }

    #bar(data) {
      const { bar, input } = this.#parts;
      if (!data) return bar.replaceChildren();
      if (data.keyed && !this.#key) return bar.replaceChildren(button("管理文稿库……", () => this.#askKey()));
      bar.replaceChildren(button("＋ 选文件加入文稿库", () => input.click()), input, ...(data.keyed ? [button("不再管理", () => this.#keep(null), "不再管理文稿库，忘记密钥")] : []));
    }

    #askKey() {
      const field = make("input", { type: "password", autocomplete: "off", maxlength: "200" });
      const enter = (event) => {
        event.preventDefault();
        const given = field.value.trim();
        if (!PLAIN.test(given)) return this.#say("密钥只有字母、数字、_ 和 -。", true);
        this.#keep(given);
        this.#close();
      };
      const form = make("form", { onsubmit: enter }, make("label", {}, "有“documents”权限的密钥（只留在这个标签页）", field), make("button", { type: "submit" }, "确定"), button("取消", () => this.#close()));
      this.#show("管理文稿库", form);
    }

    /** Hold the key in this tab; null: forget it. The list shows what can be done then. */
    #keep(key) {
      this.#key = key;
      kept(key);
      const focused = this.shadowRoot.activeElement;
      this.#bar(this.#data);
      if (focused && !focused.isConnected) this.#parts.bar.querySelector("button")?.focus();
      this.changed?.();
    }
  }

  /** Return the key that this tab keeps, or keep another (null: none); null where the browser keeps nothing. */
  function kept(key) {
    try {
      if (key === undefined) return sessionStorage.getItem(KEY);
      if (key) sessionStorage.setItem(KEY, key);
      else sessionStorage.removeItem(KEY);
    } catch {
      return null;
    }
  }

  /** Return a good response to a request below the page's address; throw what the server says is wrong. */
  async function called(path, options = {}) {
    const response = await fetch(new URL(path, document.baseURI), { cache: "no-store", ...options }).catch(() => {
      throw new Error(AWAY);
    });
    if (response.ok) return response;
    const problem = await response.json().catch(() => ({}));
    throw Object.assign(new Error(problem.detail || `没有做成（${response.status}）。请再试一次。`), { code: problem.code });
  }

  globalThis.customElements.define("speech-shelf", SpeechShelf);
})();
