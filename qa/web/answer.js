/* <speech-answer>: draws one answer. The chat holds it through its component, the widget uses it as it is.
 *
 * Set `.answer` to the JSON that `ask --json` prints, and `.options` before it:
 *   chips      facets to narrow by        suggestions  what to ask next
 *   feedback   thumbs; `given` is the verdict that was given
 *   edit       the question can be edited literal      the question was taken literally
 *   label      what the button of a place says         facet  the facet the answer is narrowed to
 *   remark     what is to be said of an old answer; the question can then be asked again
 *   closed     the places are not in the index: they cannot be opened
 * It tells what a person does in bubbling, composed events: speechqa:open {document, start, end},
 * speechqa:ask {question}, speechqa:literal, speechqa:narrow {facet}, speechqa:edit, speechqa:again, speechqa:feedback {verdict, reason},
 * speechqa:places {places}. Text from a document is only ever set as textContent, never as HTML.
 */
(() => {
  if (globalThis.customElements.get("speech-answer")) return;

  const FACETS = { achievement: "成绩", goal: "目标", requirement: "要求", background: "认识", other: "其他" };
  const NARROW = ["achievement", "goal", "requirement", "background"];
  const REASONS = ["答非所问", "没有列全", "原文有却说未提及", "原文没有却答了", "位置不对", "其他"];
  const FOLD = 12; // points shown before a list folds
  const NEAREST = 3; // nearest places offered where nothing was found
  const TITLE = 28; // characters of a heading in a path
  const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]/gu;

  const STYLE = `
:host{display:block;scroll-margin-top:4rem;color:var(--sq-text);font:var(--sq-font);line-height:1.65;overflow-wrap:anywhere}
*{box-sizing:border-box}
[hidden]{display:none!important}
p,ol,ul,blockquote,h2,h3,footer{margin:0;padding:0}
.question{display:flex;gap:.5rem;align-items:baseline;justify-content:flex-end;flex-wrap:wrap;margin-bottom:.9rem}
.question h2{font-size:1rem;font-weight:600;background:var(--sq-soft);border-radius:14px 14px 3px 14px;padding:.5rem .9rem;white-space:pre-wrap;max-width:100%}
.quiet{color:var(--sq-quiet);font-size:.875rem}
.understood{display:flex;flex-wrap:wrap;gap:.2rem .7rem;align-items:baseline;margin-bottom:.5rem}
.head{display:flex;flex-wrap:wrap;gap:.25rem .9rem;align-items:baseline;margin-bottom:.35rem}
.head strong{font-size:1.0625rem}
.path{font-size:.875rem;font-weight:600;color:var(--sq-quiet);margin:1rem 0 .35rem;line-height:1.45}
ol{list-style:none}
li.point{display:grid;grid-template-columns:2.1rem 1fr;padding:.55rem 0;border-top:1px solid var(--sq-line)}
.path+ol>li.point:first-child,.head+ol>li.point:first-child{border-top:0}
.number{color:var(--sq-accent);font-weight:600;font-variant-numeric:tabular-nums;padding-top:.1rem}
blockquote{font-family:var(--sq-quote);font-size:1.0625rem;line-height:1.8;white-space:pre-wrap}
mark{background:var(--sq-mark);color:inherit;border-radius:2px;padding:0 .06em}
.point footer{display:flex;flex-wrap:wrap;gap:.1rem .6rem;align-items:center;margin-top:.15rem;color:var(--sq-quiet);font-size:.8125rem}
cite{font-style:normal}
svg{width:1.05em;height:1.05em;vertical-align:-.15em;fill:currentColor;margin-inline-end:.3em}
.facet{display:inline-flex;align-items:center;gap:.3rem}
.facet::before{content:"";width:.6rem;height:.6rem;border-radius:2px;background:var(--sq-c,var(--sq-other))}
.achievement{--sq-c:var(--sq-achievement)}.goal{--sq-c:var(--sq-goal)}.requirement{--sq-c:var(--sq-requirement)}.background{--sq-c:var(--sq-background)}
button{font:inherit;color:var(--sq-link);background:none;border:0;border-radius:6px;padding:.2rem .35rem;min-height:1.75rem;cursor:pointer;text-align:start}
button:hover{background:var(--sq-soft)}
button:focus-visible,select:focus-visible,input:focus-visible{outline:2px solid var(--sq-link);outline-offset:1px}
.chip{border:1px solid var(--sq-edge);border-radius:999px;padding:.2rem .75rem;color:var(--sq-text);font-size:.875rem;min-height:2rem}
.chip[aria-pressed=true]{background:var(--sq-link);border-color:var(--sq-link);color:var(--sq-page)}
.row{display:flex;flex-wrap:wrap;gap:.4rem .5rem;align-items:center;margin-top:.7rem}
.fold{margin-top:.4rem;border:1px solid var(--sq-edge);width:100%;text-align:center;padding:.4rem}
.note{margin-top:.6rem;color:var(--sq-quiet);font-size:.9375rem}
.card{border:1px solid var(--sq-edge);border-radius:12px;padding:.9rem 1.1rem;background:var(--sq-soft)}
.card strong{font-size:1.0625rem}
.card.error{border-color:var(--sq-accent)}
.old{display:flex;flex-wrap:wrap;gap:.2rem .7rem;align-items:center;padding:.5rem .9rem;margin-bottom:.8rem;font-size:.9375rem}
.old p{flex:1 1 16rem}
.near{margin-top:1rem}
.form{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin-top:.5rem}
select,input{font:inherit;font-size:1rem;color:inherit;background:var(--sq-page);border:1px solid var(--sq-edge);border-radius:8px;padding:.35rem .55rem;min-height:2.25rem;min-width:0;max-width:100%}
input{flex:1 1 10rem}
.solid{background:var(--sq-link);color:var(--sq-page);border-radius:8px;padding:.35rem .9rem;min-height:2.25rem}
.solid:hover{background:var(--sq-link);filter:brightness(1.1)}
textarea.copy{position:absolute;width:1px;height:1px;opacity:0;padding:0;border:0}
@media(max-width:480px){li.point{grid-template-columns:1.75rem 1fr}}
@media print{button,.form,.row{display:none!important}}
`;

  /** A host page may have set its own size on <html>: count in --sq-rem where it is given. */
  const fixed = (style) => style.replace(/(\d*\.?\d+)rem/g, "calc($1*var(--sq-rem,1rem))");

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(fixed(STYLE));

  /** Make an element; strings among the children become text nodes. */
  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value === true) element.setAttribute(name, "");
      else if (value !== false && value != null) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child != null && child !== false));
    return element;
  }

  /** A thumb, up or down: drawn, for old computers have no font with 👍 in it. */
  function thumb(up) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", "M1 7h3v8H1zM5 7l3.2-6c1.3 0 2 .9 1.8 2.2L9.5 6h4c1 0 1.7.9 1.5 1.9l-1.2 5.6c-.2.9-.9 1.5-1.8 1.5H5z");
    if (!up) path.setAttribute("transform", "rotate(180 8 8)");
    svg.append(path);
    return svg;
  }

  /** Text as it may be shown: control characters and direction marks made visible. */
  const visible = (text) => String(text).replace(CONTROL, "\ufffd");

  /** JSON of plain data. Not JSON.stringify: old libraries give arrays and objects a toJSON that spoils them. */
  function encode(value) {
    if (Array.isArray(value)) return `[${Array.from(value, encode).join(",")}]`;
    if (value === null || typeof value !== "object") return JSON.stringify(value ?? null);
    const fields = Object.keys(value).filter((name) => value[name] !== undefined);
    return `{${fields.map((name) => `${JSON.stringify(name)}:${encode(value[name])}`).join(",")}}`;
  }

  /** Offsets count characters, JavaScript counts UTF-16 units: cut where the two differ too. */
  function cut(text, start, end) {
    return /[\ud800-\udfff]/.test(text) ? [...text].slice(start, end).join("") : text.slice(start, end);
  }

  const shortened = (title) => (title.length <= TITLE ? title : title.slice(0, TITLE - 1) + "…");

  /** Copy text; pages on plain HTTP have no clipboard API, so fall back on a selected text field beside `near`. */
  async function copy(text, near) {
    if (navigator.clipboard && globalThis.isSecureContext) {
      try {
        await navigator.clipboard.writeText(text);
        return true;
      } catch {
        /* not permitted (a frame without clipboard-write): the old way may still be */
      }
    }
    const field = make("textarea", { class: "copy", "aria-hidden": "true", tabindex: "-1", readonly: true });
    field.value = text;
    near.after(field);
    field.select();
    let done = false;
    try {
      done = document.execCommand("copy");
    } catch {
      done = false;
    }
    field.remove();
    near.focus({ preventScroll: true });
    return done;
  }

  /** What a person pastes: the words, then where they stand. */
  const cited = (point) => `${visible(point.text)}（${visible(point.citation)}）`;

  class SpeechAnswer extends HTMLElement {
    #answer = null;
    #options = {};
    #unfolded = false;

    constructor() {
      super();
      this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
    }

    set options(value) {
      this.#options = value || {};
    }

    get options() {
      return this.#options;
    }

    set answer(value) {
      this.#answer = value;
      this.#draw();
    }

    get answer() {
      return this.#answer;
    }

    /** The answer's places that are in the index. */
    get places() {
      return (!this.#options.closed && this.#answer?.points) || [];
    }

    /** One line for a live region. */
    get summary() {
      const answer = this.#answer;
      if (!answer) return "";
      if (answer.error) return visible(answer.error);
      if (!answer.status) return visible(this.#options.remark || "");
      if (answer.status !== "answered") return visible(answer.note || "原文未提及。");
      return answer.total == null ? `找到 ${answer.points.length} 处原文。` : `全文共 ${answer.total} 处。`;
    }

    #tell(type, detail) {
      this.dispatchEvent(new CustomEvent(`speechqa:${type}`, { detail, bubbles: true, composed: true }));
    }

    #draw() {
      const answer = this.#answer;
      if (!answer) return this.shadowRoot.replaceChildren();
      const parts = [this.#question(answer)];
      if (answer.error) {
        parts.push(make("div", { class: "card error", role: "alert" }, make("p", {}, visible(answer.error))));
      } else if (!answer.status) {
        parts.push(this.#remark());
      } else {
        parts.push(this.#remark(), this.#understood(answer));
        parts.push(...(answer.status === "answered" ? this.#answered(answer) : this.#notFound(answer)));
        parts.push(this.#chips(answer), this.#feedback(), this.#suggestions(answer));
      }
      const drawn = make("div", { class: "answer" }, ...parts);
      const seen = () => this.#tell("places", { places: this.places });
      drawn.addEventListener("pointerenter", seen);
      drawn.addEventListener("focusin", seen);
      this.shadowRoot.replaceChildren(drawn);
    }

    #question(answer) {
      const edit = this.#options.edit;
      return make(
        "div",
        { class: "question" },
        edit && make("button", { type: "button", class: "quiet", onclick: () => this.#tell("edit") }, "修改"),
        make("h2", {}, visible(answer.question)),
      );
    }

    /** What has become of an old answer's source. */
    #remark() {
      const { remark } = this.#options;
      if (!remark) return null;
      const again = this.#button("重新提问", () => this.#tell("again"));
      return make("div", { class: "card old", role: "note" }, make("p", {}, visible(remark)), again);
    }

    #understood(answer) {
      if (this.#options.literal) return make("p", { class: "quiet understood" }, "按字面问，未联系上文");
      if (answer.standalone === answer.question.trim()) return null;
      return make(
        "p",
        { class: "understood quiet" },
        make("span", {}, `理解为：${visible(answer.standalone)}`),
        make("button", { type: "button", onclick: () => this.#tell("literal") }, "按字面问"),
      );
    }

    #answered(answer) {
      const sure = answer.certainty && make("span", { class: "quiet" }, answer.certainty);
      const count = answer.total != null && make("strong", {}, `全文共 ${answer.total} 处`);
      const all =
        answer.points.length > 1 &&
        this.#button("全部复制", (button) => this.#copy(button, answer.points.map(cited).join("\n"), "全部复制"));
      const folded = !this.#unfolded && answer.points.length > FOLD;
      const parts = [make("div", { class: "head" }, count, sure, all)];
      parts.push(...this.#points(folded ? answer.points.slice(0, FOLD) : answer.points));
      if (folded) {
        const unfold = () => {
          this.#unfolded = true;
          this.#draw();
          this.shadowRoot.querySelectorAll("li.point")[FOLD].querySelector("button").focus();
        };
        parts.push(
          make(
            "button",
            { type: "button", class: "fold", "aria-expanded": "false", onclick: unfold },
            `显示其余 ${answer.points.length - FOLD} 处`,
          ),
        );
      }
      if (answer.note) parts.push(make("p", { class: "note" }, `注：${visible(answer.note)}`));
      return parts;
    }

    #notFound(answer) {
      const note = visible(answer.note || "原文未提及。");
      const [, said, reason] = note.match(/^(原文未提及)[：。]?(.*)$/s) || [null, note, ""];
      const card = make(
        "div",
        { class: "card", role: "note" },
        make("p", {}, make("strong", {}, said)),
        reason && make("p", { class: "quiet" }, reason),
      );
      const near = answer.passages.slice(0, NEAREST);
      if (!near.length) return [card];
      return [card, make("p", { class: "near quiet" }, "最接近的地方（不是回答）："), ...this.#points(near, true)];
    }

    /** The points under their headings: a heading stands once above the points that follow each other in it. */
    #points(points, nearest) {
      const groups = [];
      points.forEach((point, index) => {
        const place = encode([point.document.id, point.path]);
        if (!groups.length || groups.at(-1).place !== place) groups.push({ place, items: [] });
        groups.at(-1).items.push([point, index + 1]);
      });
      return groups.flatMap(({ items }) => {
        const { path, document: source } = items[0][0];
        const titles = path.length ? path : [source.title];
        const list = make("ol", {}, ...items.map(([point, number]) => this.#point(point, number, nearest)));
        const heading = titles.map((title) => visible(shortened(title))).join(" › ");
        return [make("h3", { class: "path", title: visible(titles.join(" › ")) }, heading), list];
      });
    }

    #point(point, number, nearest) {
      const place = { document: point.document.id, start: point.start, end: point.end };
      const name = point.facet && FACETS[point.facet];
      return make(
        "li",
        { class: "point", "data-start": point.start, "data-end": point.end },
        make("span", { class: "number" }, nearest ? "·" : `[${number}]`),
        make(
          "div",
          {},
          make("blockquote", {}, ...this.#marked(point)),
          make(
            "footer",
            {},
            make("cite", {}, visible(point.citation)),
            name && make("span", { class: `facet ${point.facet}` }, name),
            this.#button("复制", (button) => this.#copy(button, cited(point), "复制"), `复制第 ${number} 处和出处`),
            !this.#options.closed && this.#button(
              this.#options.label || "看原文",
              () => this.#tell("open", place),
              `${this.#options.label || "看原文"}：第 ${number} 处`,
            ),
          ),
        ),
      );
    }

    /** The quotation with its marks: text nodes and <mark>, so that nothing in it is ever read as HTML. */
    #marked(point) {
      const nodes = [];
      let at = 0;
      for (const [start, end] of point.marks) {
        nodes.push(visible(cut(point.text, at, start - point.start)));
        nodes.push(make("mark", {}, visible(cut(point.text, start - point.start, end - point.start))));
        at = end - point.start;
      }
      nodes.push(visible(cut(point.text, at, point.end - point.start)));
      return nodes;
    }

    #button(label, act, described) {
      const button = make("button", { type: "button", "aria-label": described }, label);
      button.addEventListener("click", () => act(button));
      return button;
    }

    async #copy(button, text, label) {
      const done = await copy(text, button);
      button.textContent = done ? "已复制" : "复制不了，请手工选取";
      this.#tell("said", { text: button.textContent });
      setTimeout(() => (button.textContent = label), 2000);
    }

    #chips(answer) {
      if (!this.#options.chips) return null;
      const chip = (facet, label) =>
        make(
          "button",
          {
            type: "button",
            class: "chip",
            "aria-pressed": String((this.#options.facet || null) === facet),
            onclick: () => this.#tell("narrow", { facet }),
          },
          label,
        );
      const narrowed = this.#options.facet;
      if (!narrowed && answer.status !== "answered") return null;
      return make(
        "div",
        { class: "row", role: "group", "aria-label": "只看哪一类" },
        make("span", { class: "quiet" }, "只看"),
        chip(null, "全部"),
        ...NARROW.map((facet) => chip(facet, FACETS[facet])),
      );
    }

    #suggestions(answer) {
      if (!this.#options.suggestions || !(answer.suggestions || []).length) return null;
      const ask = (question) =>
        make("button", { type: "button", class: "chip", onclick: () => this.#tell("ask", { question }) }, visible(question));
      return make(
        "div",
        { class: "row", role: "group", "aria-label": "接着问" },
        make("span", { class: "quiet" }, "接着问"),
        ...answer.suggestions.map(ask),
      );
    }

    #feedback() {
      if (!this.#options.feedback) return null;
      if (this.#options.given) {
        return make("p", { class: "row quiet" }, thumb(this.#options.given === "up"), "已记下，谢谢");
      }
      const row = make("div", { class: "row" });
      const form = make(
        "form",
        { class: "form", hidden: true },
        make("select", { "aria-label": "哪里不好" }, ...REASONS.map((reason) => make("option", {}, reason))),
        make("input", { type: "text", maxlength: "500", "aria-label": "补充说明", placeholder: "补充说明（可不写）" }),
        make("button", { class: "solid" }, "提交"),
      );
      const down = make("button", { type: "button", "aria-expanded": "false" }, thumb(false), "不好");
      down.addEventListener("click", () => {
        form.hidden = !form.hidden;
        down.setAttribute("aria-expanded", String(!form.hidden));
        if (!form.hidden) form.elements[0].focus();
      });
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        const [kind, more] = [form.elements[0].value, form.elements[1].value.trim()];
        this.#tell("feedback", { verdict: "down", reason: more ? `${kind}：${more}` : kind });
      });
      const up = this.#button("有用", () => this.#tell("feedback", { verdict: "up", reason: "" }));
      up.prepend(thumb(true));
      row.append(make("span", { class: "quiet" }, "这个回答"), up, down);
      return make("div", {}, row, form);
    }
  }

  /** The colours, as custom properties: text at 4.5:1 or better on page and soft, cells at 3:1 (WCAG 2.2 AA). */
  const SHARED = `--sq-font:var(--sq-rem,1rem) system-ui,-apple-system,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif;
--sq-quote:"Songti SC","Noto Serif CJK SC","Source Han Serif SC",SimSun,serif;`;
  const palette = {
    light: `${SHARED}--sq-page:#fff;--sq-soft:#f4f5f7;--sq-text:#1c2128;--sq-quiet:#57606a;--sq-line:#e4e7eb;--sq-edge:#8c959f;
--sq-accent:#a4262c;--sq-link:#1f4e8c;--sq-mark:#ffe69c;--sq-achievement:#2f855a;--sq-goal:#2b6cb0;--sq-requirement:#c2570c;
--sq-background:#7a5ea8;--sq-other:#7d8590;color-scheme:light;`,
    dark: `${SHARED}--sq-page:#14171c;--sq-soft:#1f242b;--sq-text:#e6e8eb;--sq-quiet:#a9b1ba;--sq-line:#30363d;--sq-edge:#6e7681;
--sq-accent:#ff8f87;--sq-link:#8ab8ff;--sq-mark:#66541a;--sq-achievement:#57b98a;--sq-goal:#6ba6e8;--sq-requirement:#ee9457;
--sq-background:#b298dc;--sq-other:#8b949e;color-scheme:dark;`,
  };

  SpeechAnswer.tools = { make, visible, encode, cut, copy, shortened, fixed, palette, FACETS };
  globalThis.customElements.define("speech-answer", SpeechAnswer);
})();
