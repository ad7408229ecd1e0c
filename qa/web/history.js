/* <speech-history>: the conversations that this browser holds the tokens of, nobody else's: kept in this browser, by
 * name. It opens, renames, finds and forgets them; what is to be deleted on the server it hands to Python by `act`.
 */
(() => {
  if (globalThis.customElements.get("speech-history")) return;
  const tools = globalThis.customElements.get("speech-tools");
  const { make, visible, shortened, kept } = tools;
  const MOST = 100; // conversations that are remembered
  const ASKED = 30; // questions of each, to be found by
  const sheet = tools.styled("history");
  const SURE = "从这台电脑忘记所有对话？浏览器自己的浏览记录里可能还有网址；公用电脑请连服务器上的一起删除。";

  class SpeechHistory extends HTMLElement {
    #data = { current: null, questions: [] };
    #parts = null;

    constructor() {
      super();
      const find = make("input", { type: "search", class: "find", "aria-label": "在历史对话里查找", placeholder: "查找", oninput: () => this.#draw() });
      const forget = make("button", { type: "button", class: "act", onclick: () => this.#ask() }, "全部忘记");
      this.#parts = { find, forget, list: make("ul", { "aria-label": "历史对话" }), sum: make("summary", {}), sure: make("div", { class: "sure", hidden: true, role: "alertdialog", "aria-label": "全部忘记" }) };
      const { list, sum, sure } = this.#parts;
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet];
      root.append(make("details", {}, sum, find, list, forget, sure));
      globalThis.addEventListener("storage", () => this.#draw()); // another tab
    }

    /** {current: id of the conversation that is shown, if it is one's own; questions: what was asked in it; gone: ids} */
    set data(value) {
      this.#data = value;
      const all = this.#held;
      const held = all.filter((one) => !(value.gone || []).includes(one.id));
      const here = value.current && value.questions.length;
      const before = here && held.find((one) => one.id === value.current);
      const questions = here ? value.questions.slice(-ASKED) : [];
      const same = !here || (before && before.questions.length === questions.length && before.questions.at(-1) === questions.at(-1));
      if (!same) this.#keep([{ name: shortened(value.questions[0], 60), ...before, id: value.current, questions, at: Date.now() }, ...held.filter((one) => one !== before)]);
      else if (held.length !== all.length) this.#keep(held);
      this.#draw();
    }

    get #held() {
      const found = kept.get("conversations", []);
      return Array.isArray(found) ? found.filter((one) => one && typeof one.id === "string" && Array.isArray(one.questions)) : [];
    }

    #keep(conversations) {
      kept.set("conversations", conversations.slice(0, MOST));
    }

    #draw() {
      const { find, list, sum, forget } = this.#parts;
      const held = this.#held;
      this.hidden = !held.length;
      const wanted = find.value.trim().toLowerCase();
      const found = held.filter((one) => [one.name, ...one.questions].some((text) => String(text).toLowerCase().includes(wanted)));
      sum.textContent = `历史对话（${held.length}）`;
      find.hidden = held.length < 2;
      forget.hidden = !held.length;
      list.replaceChildren(...(found.length ? found.map((one) => this.#item(one)) : [make("li", { class: "quiet" }, "没有找到。")]));
    }

    #item(one) {
      const here = one.id === this.#data.current;
      const name = visible(one.name || "（没有名字）");
      const open = make(
        "button",
        { type: "button", class: "open", title: name, "aria-current": here && "true", onclick: () => here || this.act({ type: "resume", conversation: one.id }) },
        make("span", {}, name),
        make("span", { class: "quiet" }, when(one.at)),
      );
      const rename = make("button", { type: "button", class: "act", "aria-label": `改名：${name}`, onclick: () => this.#rename(item, one) }, "改名");
      const remove = make("button", { type: "button", class: "act", "aria-label": `删除：${name}` }, "删除");
      remove.addEventListener("click", () => {
        if (remove.textContent !== "确定删除？") return void (remove.textContent = "确定删除？");
        remove.textContent = "正在删除……";
        this.act({ type: "forget", conversations: [one.id] }); // it goes from the list once it is gone (data.gone)
      });
      remove.addEventListener("blur", () => remove.textContent === "确定删除？" && (remove.textContent = "删除"));
      const item = make("li", { "data-now": here }, open, rename, remove);
      return item;
    }

    #rename(item, one) {
      const field = make("input", { class: "name", "aria-label": "新名字", maxlength: "60" });
      field.value = one.name;
      const done = (name) => {
        if (name) this.#keep(this.#held.map((other) => (other.id === one.id ? { ...other, name } : other)));
        this.#draw();
      };
      field.addEventListener("keydown", (event) => {
        if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
        event.stopPropagation();
        done(event.key === "Enter" && field.value.trim());
      });
      field.addEventListener("blur", () => field.isConnected && done(field.value.trim()));
      item.replaceChildren(field);
      field.focus();
      field.select();
    }

    /** 全部忘记, for a PC that several people use. */
    #ask() {
      const { sure, forget } = this.#parts;
      const close = () => {
        sure.hidden = true;
        forget.focus();
      };
      const forgetAll = (there) => () => {
        if (there) this.act({ type: "forget", conversations: this.#held.map((one) => one.id) }); // data.gone tells which are
        else {
          this.#keep([]);
          this.#draw();
          this.act({ type: "resume", conversation: "" });
        }
        close();
      };
      const button = (label, act) => make("button", { type: "button", onclick: act }, label);
      sure.replaceChildren(make("p", {}, SURE), button("只从这台电脑忘记", forgetAll(false)), button("连服务器上的一起删除", forgetAll(true)), button("取消", close));
      sure.hidden = false;
      sure.querySelector("button").focus();
    }
  }

  /** A day, as short as it can be said. */
  function when(at) {
    const day = new Date(at);
    if (Number.isNaN(day.getTime())) return "";
    const today = day.toDateString() === new Date().toDateString();
    const two = (number) => String(number).padStart(2, "0");
    return today ? `${two(day.getHours())}:${two(day.getMinutes())}` : `${day.getMonth() + 1}月${day.getDate()}日`;
  }

  globalThis.customElements.define("speech-history", SpeechHistory);
})();
