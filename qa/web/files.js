/* <speech-files>: which documents are asked, and a place to drop one's own. Needs tools.js before it. Every text is
 * set as textContent. It tells what a person does by `act`: {type: "scope", documents}, {type: "brought", tokens},
 * {type: "remove", document}. Files go to the API one after another (POST api/v1/documents): our own element, because
 * Streamlit's uploader speaks English, holds whole files in memory and has no say in what is refused.
 */
(() => {
  if (globalThis.customElements.get("speech-files")) return;
  const tools = globalThis.customElements.get("speech-tools");
  const { make, visible } = tools;
  const KINDS = { speech: "讲话", report: "报告", notice: "通知", plan: "规划", regulation: "法规", communique: "公报", other: "" };
  const DONE = 12_000; // milliseconds that what was read stays, where nothing is asked before
  const POLL = 1_000; // milliseconds between two questions how far a file has been read
  const SLOW = 5; // seconds of reading after which they are counted
  const NAME = 40; // characters of a file's name that are shown
  const SECONDS = 600; // until the server must have answered
  const AWAY = "没有传上去：连接断开了。请检查网络再试一次。";

  const sheet = tools.styled("files");

  const short = (name) => (name.length <= NAME ? name : `${name.slice(0, NAME - 12)}…${name.slice(-11)}`);
  const count = (number) => number.toLocaleString("en-US");
  const sizes = (one) => [one.pages && `${one.pages} 页`, `${count(one.characters)} 字`].filter(Boolean).join(" · ");

  class SpeechFiles extends HTMLElement {
    #data = null;
    #parts = null;
    #queue = [];
    #busy = false;
    #waiting = new Map(); // document -> token of what was read and Python has not taken yet
    #over = 0;
    #asked = () => this.#parts.status.querySelectorAll(".done").forEach((line) => line.remove());

    constructor() {
      super();
      const add = make("button", { type: "button", class: "add", onclick: () => parts.input.click() }, "＋ 添加文稿");
      const parts = (this.#parts = {
        scope: make("button", { type: "button", class: "scope", "aria-expanded": "false", "aria-controls": "panel", onclick: () => this.#toggle() }, make("span", {})),
        add,
        full: make("a", { target: "_blank", rel: "noopener" }, "问自己的文稿：完整版"),
        input: make("input", { type: "file", multiple: true, hidden: true, "aria-label": "选择文稿", onchange: () => this.#chosen() }),
        list: make("div", {}),
        shelf: make("speech-shelf", {}),
        panel: make("div", { class: "panel", id: "panel", role: "group", "aria-label": "问哪些文稿", hidden: true }),
        status: make("ul", { "aria-label": "添加文稿的进展" }),
        drop: make("div", { class: "drop", hidden: true }),
      });
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet];
      parts.panel.append(parts.list, parts.shelf);
      parts.shelf.changed = () => this.#draw(true);
      root.append(parts.panel, make("div", { role: "status" }, parts.status), make("div", { class: "bar" }, parts.scope, add, parts.full, parts.input), parts.drop);
      root.addEventListener("keydown", (event) => {
        if (event.key !== "Escape" || parts.panel.hidden) return;
        this.#toggle();
        parts.scope.focus();
      });
    }

    connectedCallback() {
      document.addEventListener("speechqa:drawn", this.#asked);
      for (const name of ["dragenter", "dragover", "dragleave", "drop"]) document.addEventListener(name, this);
    }

    disconnectedCallback() {
      document.removeEventListener("speechqa:drawn", this.#asked);
      for (const name of ["dragenter", "dragover", "dragleave", "drop"]) document.removeEventListener(name, this);
    }

    /** {documents: [{id, title, date, kind, pages, characters, own, notes, chosen}], all, rules: {megabytes, minutes, endings} | null, full, library} */
    set data(data) {
      this.#data = data;
      const { scope, add, full, input, panel, shelf, drop } = this.#parts;
      Object.assign(shelf, { data: data.library, act: this.act });
      drop.textContent = data.rules ? "松开，就添加到这个对话" : "松开，就加入文稿库";
      add.hidden = !data.rules;
      full.hidden = !data.full;
      if (data.rules) input.accept = data.rules.endings.join(",");
      if (data.full) full.href = fullAddress();
      const shown = this.#scopeText();
      scope.firstChild.textContent = shown;
      scope.setAttribute("aria-label", `${shown}，点开选择文稿`);
      if (!panel.hidden) this.#draw();
      for (const one of data.documents) this.#waiting.delete(one.id);
      if (this.#waiting.size && !this.#busy) this.#tell();
    }

    /** Dragged files, wherever on the page. */
    handleEvent(event) {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      const shelved = !this.#data?.rules && this.#parts.shelf.open;
      if (!this.#data?.rules && !shelved) return;
      if (event.type === "dragenter") this.#over += 1;
      if (event.type === "dragleave") this.#over -= 1;
      if (event.type === "drop") {
        this.#over = 0;
        if (shelved && this.#parts.panel.hidden) this.#toggle();
        (shelved ? this.#parts.shelf : this).add([...event.dataTransfer.files]);
      }
      this.#parts.drop.hidden = this.#over <= 0;
    }

    /** Send files to be read, one after another. */
    add(files) {
      this.#parts.status.querySelectorAll(".done").forEach((line) => line.remove());
      for (const file of files) {
        const line = this.#line();
        this.#queue.push([file, line]);
        this.#write(line, `${short(file.name)}：等候……`);
      }
      if (!this.#busy) this.#work();
    }

    #chosen() {
      const files = [...this.#parts.input.files];
      this.#parts.input.value = "";
      this.add(files);
    }

    async #work() {
      this.#busy = true;
      while (this.#queue.length) {
        const [file, line] = this.#queue.shift();
        const name = short(file.name);
        try {
          const found = await this.#send(file, (text) => this.#write(line, `${name}：${text}`));
          const [documents, refused] = [found.documents ?? [found], found.refused ?? []];
          for (const one of documents) this.#waiting.set(one.document, one.token);
          this.#write(line, told(documents[0]), "done");
          documents.slice(1).forEach((one) => this.#write(this.#line(), told(one), "done"));
          this.#refuse(refused, name);
          this.#tell();
        } catch (error) {
          this.#write(line, error.message.includes(name) ? error.message : `${name}：${error.message}`, "bad");
          this.#refuse(error.refused ?? [], name);
        }
      }
      this.#busy = false;
      this.#fold();
    }

    /** A line for each file of a zip that could not be read. */
    #refuse(refused, name) {
      for (const { name: inside, detail } of refused)
this.#write(this.#line(), `${name}：${detail.includes(inside) ? "" : `${inside}：`}${detail}`, "bad");
    }

    #line() {
      const line = make("li", {}, make("span", {}));
      this.#parts.status.append(line);
      this.#parts.status.scrollTop = this.#parts.status.scrollHeight;
      return line;
    }

    /** All is read: what went well becomes one line, that goes by itself, at the next question, or when it is closed. */
    #fold() {
      const done = [...this.#parts.status.querySelectorAll(".done")];
      if (!done.length) return;
      const close = make("button", { type: "button", onclick: () => line.remove() }, "知道了");
      const texts = done.map((one) => one.firstChild.textContent);
      const line = done[0];
      if (done.length > 1) {
        const all = make("details", {}, make("summary", {}, `已读 ${done.length} 份，现在就问它们`), ...texts.map((text) => make("p", {}, text)));
        done.slice(1).forEach((one) => one.remove());
        line.replaceChildren(all);
      }
      line.append(close);
      const leave = () => (line.matches(":hover, :focus-within") || line.querySelector("[open]") ? setTimeout(leave, DONE) : line.remove());
      setTimeout(leave, DONE);
    }

    /** Hand what was read to Python; again with the next data, where it has not been taken. */
    #tell() {
      this.act?.({ type: "brought", tokens: [...this.#waiting.values()] });
    }

    #write(line, text, state = "") {
      line.className = state;
      line.firstChild.textContent = visible(text);
      if (state === "bad" && line.childNodes.length < 2)
        line.append(make("button", { type: "button", onclick: () => line.remove() }, "知道了"));
    }

    #send(file, say) {
      const { megabytes } = this.#data.rules;
      const size = file.size / 1e6;
      if (size > megabytes) throw new Error(`文件太大：最多 ${megabytes} MB，实际 ${size.toFixed(1)} MB。请拆成几个文件。`);
      return new Promise((resolve, reject) => {
        const request = new XMLHttpRequest();
        const number = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
        const begun = Date.now();
        const clock = setInterval(async () => {
          if (!request.sent) return;
          const where = await progress(number);
          const seconds = Math.round((Date.now() - begun) / 1000);
          if (request.readyState !== 4) say(where + (seconds >= SLOW ? `（${seconds} 秒）` : ""));
        }, POLL);
        say("正在上传……");
        request.upload.onprogress = (event) => event.total && say(`正在上传……${Math.round((100 * event.loaded) / event.total)}%`);
        request.upload.onload = () => {
          request.sent = true;
          say("正在读取……");
        };
        request.onload = () => {
          let data = null;
          try {
            data = JSON.parse(request.responseText);
          } catch {
            /* no answer of ours: said below */
          }
          if (request.status === 201 && data) resolve(data);
          else reject(Object.assign(new Error(data?.detail || `没有读成（${request.status}）。请再试一次。`), { refused: data?.refused }));
        };
        request.onerror = request.ontimeout = request.onabort = () => reject(new Error(AWAY));
        request.onloadend = () => clearInterval(clock);
        request.open("POST", new URL("api/v1/documents", document.baseURI));
        request.setRequestHeader("x-upload-id", number);
        request.timeout = SECONDS * 1000;
        const form = new FormData();
        form.append("file", file, file.name);
        request.send(form);
      });
    }

    /** Draw the list, where something of it has changed; the focus stays where it was. */
    #draw(anew = false) {
      const key = JSON.stringify(this.#data);
      if (this.drawn === key && !anew) return;
      this.drawn = key;
      const focused = this.shadowRoot.activeElement?.dataset.id;
      this.#parts.list.replaceChildren(...this.#list());
      if (focused) this.#parts.list.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
    }

    #toggle() {
      const { scope, panel } = this.#parts;
      panel.hidden = !panel.hidden;
      if (!panel.hidden) this.#draw();
      scope.setAttribute("aria-expanded", String(!panel.hidden));
    }

    #scopeText() {
      const { documents, all } = this.#data;
      if (all && documents.length > 1) return `问：全部 ${documents.length} 篇`;
      const chosen = documents.filter((one) => one.chosen || all);
      const titles = chosen.map((one) => `《${visible(one.title)}》`).join("");
      return chosen.length > 1 ? `问 ${chosen.length} 篇：${titles}` : `问：${titles}`;
    }

    #list() {
      const { documents, all, rules } = this.#data;
      const chosen = documents.filter((one) => one.chosen && !all).map((one) => one.id);
      const choose = (ids) => this.act?.({ type: "scope", documents: ids.length ? ids : documents.map((one) => one.id) });
      const flip = (id) => choose(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
      const box = (id, ticked, change, ...words) => make("label", {}, make("input", { type: "checkbox", checked: ticked, "data-id": id, onchange: change }), ...words);
      const row = (one) => {
        const meta = [one.own && "自己的", one.date, KINDS[one.kind], sizes(one)].filter(Boolean).join(" · ");
        const notes = one.notes.map((note) => make("span", { class: "meta" }, visible(note)));
        const label = box(one.id, chosen.includes(one.id), () => flip(one.id), make("span", {}, visible(`《${one.title}》`)), make("span", { class: "meta" }, visible(meta)), ...notes);
        const remove = one.own && make("button", { type: "button", "aria-label": visible(`删除《${one.title}》`), onclick: () => this.act?.({ type: "remove", document: one.id }) }, "删除");
        return make("div", { class: "doc" }, label, this.#parts.shelf.button(one, documents), remove);
      };
      const everything = documents.length > 1 && box("*", all, (event) => (all ? (event.target.checked = true) : choose([])), make("span", {}, "全部文稿"));
      const note = rules && make("p", { class: "quiet" }, `文件（zip 压缩包也行）可以直接拖进网页。上传的文稿和原件只有这个对话能用，${rules.memory ? "只在服务器的内存里" : "留在服务器的内存里，读的时候才在它的临时文件夹里放一会儿，读完就删"}；新对话、删除对话，或 ${rules.minutes} 分钟没有用到，就删除。一份最多 ${rules.megabytes} MB。`);
      return [everything, ...documents.map(row), note].filter(Boolean);
    }
  }

  /** What is said of a document that was read. */
  const told = (one) => `已读：《${one.title}》 ${sizes(one)}${one.notes.map((note) => `（${note}）`).join("")}`;

  /** How far a file has been read, as the server tells it. */
  async function progress(number) {
    let found = null;
    try {
      const response = await fetch(new URL(`api/v1/uploads/${number}`, document.baseURI));
      if (response.ok) found = await response.json();
    } catch {
      /* it is told that it is read, without how far */
    }
    if (!found) return "正在读取……";
    const file = found.files > 1 ? `第 ${found.file}/${found.files} 份` : "";
    if (found.stage === "waiting") return "前面还有文稿在读，等候……";
    if (found.stage === "indexing") return `正在编排${file}……`;
    const page = found.pages ? `第 ${found.page}/${found.pages} 页` : "";
    return `正在读取${[file, page].filter(Boolean).join("，")}……`;
  }

  /** This page's address outside a frame. */
  function fullAddress() {
    const address = new URL(globalThis.location.href);
    for (const name of ["embed", "embed_options"]) address.searchParams.delete(name);
    return address.href;
  }

  globalThis.customElements.define("speech-files", SpeechFiles);
})();
