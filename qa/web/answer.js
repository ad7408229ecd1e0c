/* <speech-answer>: draws one answer. The chat holds it through its component, the widget uses it as it is.
 *
 * Set `.answer` to the JSON that `ask --json` prints, and `.options` before it:
 *   headline   one line in our own words       badge        [label, reason] of how sure it is
 *   feedback   thumbs; `given` is the verdict that was given
 *   suggestions  what to ask next              edit         the question can be edited
 *   literal    the question was taken literally             facet   it was narrowed to this facet
 *   label      what the button of a place says
 *   noted      notes that an earlier answer has said already
 *   source     false: whose document it is stands elsewhere
 *   remark     what is to be said of an old answer; the question can then be asked again
 *   closed     the places are not in the index: they cannot be opened
 * It tells what a person does in bubbling, composed events: speechqa:open {document, start, end},
 * speechqa:ask {question}, speechqa:literal, speechqa:narrow {facet}, speechqa:edit {question}, speechqa:again,
 * speechqa:feedback {verdict, reason}, speechqa:places {places}. Text from a document is only ever set as textContent.
 */
(() => {
  if (globalThis.customElements.get("speech-answer")) return;
  const tools = globalThis.customElements.get("speech-tools");
  const { make, visible, copier, shortened, styled, tell, overlaps, FACETS } = tools;
  const FOLD = 12; // points of a list that are shown whole; a longer one is an outline that unfolds
  const NEAREST = 3; // nearest places offered where nothing was found
  const sheet = styled("answer", "points", "compare");

  class SpeechAnswer extends HTMLElement {
    #answer = null;
    #options = {};
    #groups = [];
    #facet = null; // the one that is shown

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
      this.#facet = null;
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
      if (answer.table) return `对比 ${answer.table.columns.length} 篇，${answer.table.rows.length} 行。`;
      if (answer.status !== "answered") return visible(answer.note || "原文未提及。");
      return answer.total == null ? `找到 ${answer.points.length} 处原文。` : `全文共 ${answer.total} 处。`;
    }

    /** Mark the point that the reader shows. */
    now(place) {
      for (const part of this.shadowRoot.querySelectorAll("[data-start]")) {
        const { start, end, document: source } = part.dataset;
        part.classList.toggle("now", Boolean(place) && source === place.document && overlaps(place, Number(start), Number(end)));
      }
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
        parts.push(this.#actions(answer), this.#suggestions(answer));
      }
      const drawn = make("div", { class: "answer" }, ...parts.filter(Boolean));
      const seen = () => tell(this, "places", { places: this.places });
      drawn.addEventListener("pointerenter", seen);
      drawn.addEventListener("focusin", seen);
      this.shadowRoot.replaceChildren(drawn);
    }

    #question(answer) {
      const words = make("h2", {}, visible(answer.question));
      const row = make("div", { class: "question" }, words);
      if (!this.#options.edit) return row;
      const edit = make("button", { type: "button", class: "quiet", onclick: () => tools.editing(this, row, answer.question) }, "修改");
      row.prepend(edit);
      return row;
    }

    /** What has become of an old answer's source. */
    #remark() {
      const { remark } = this.#options;
      if (!remark) return null;
      const again = make("button", { type: "button", onclick: () => tell(this, "again") }, "重新提问");
      return make("div", { class: "card old", role: "note" }, make("p", {}, visible(remark)), again);
    }

    #understood(answer) {
      if (this.#options.literal) return make("p", { class: "quiet understood" }, "按字面问，未联系上文");
      if (answer.standalone === answer.question.trim()) return null;
      return make(
        "p",
        { class: "understood quiet" },
        make("span", {}, `理解为：${visible(answer.standalone)}`),
        make("button", { type: "button", onclick: () => tell(this, "literal") }, "按字面问"),
      );
    }

    /** The line that answers, and how sure it is. */
    #head(answer) {
      const counted = answer.total == null ? "" : `全文共 ${answer.total} 处`;
      const line = this.#options.headline ?? answer.headline ?? counted;
      const [label, reason] = this.#options.badge ?? [answer.certainty, answer.certainty_reason];
      const head = make("div", { class: "head" }, line && make("p", { class: "headline" }, visible(line)));
      if (!label) return head;
      const level = /较大|很大|确定/.test(label) ? "high" : /不大|较小/.test(label) ? "low" : "";
      const why = make("p", { class: "reason quiet", hidden: true }, visible(reason || ""));
      const toggle = () => {
        why.hidden = !why.hidden || !reason;
        badge.setAttribute("aria-expanded", String(!why.hidden));
      };
      const badge = make("button", { type: "button", class: `badge ${level}`, title: reason, "aria-expanded": "false", onclick: toggle }, label);
      badge.addEventListener("blur", () => (why.hidden = true));
      head.append(badge, make("span", { class: "anchor" }, why));
      return head;
    }

    #answered(answer) {
      if (answer.table) return [this.#head(answer), ...tools.comparison(this, answer, this.#options), answer.note && make("p", { class: "note" }, `注：${visible(answer.note)}`)];
      const list = answer.total != null;
      this.#groups = tools.outline(answer.points, list);
      const source = this.#groups.length > 1 ? tools.sourceOf(answer.points) : "";
      const folds = answer.points.length > FOLD;
      const head = this.#head(answer);
      if (source && this.#options.source !== false) head.append(make("span", { class: "quiet source" }, `出自${visible(source)}`));
      const parts = [head, this.#facets(answer)];
      parts.push(...this.#groups.map((group) => this.#group(group, { source, folds, list })));
      if (answer.note && !(this.#options.noted || []).includes(answer.note)) parts.push(make("p", { class: "note" }, `注：${visible(answer.note)}`));
      return parts;
    }

    #notFound(answer) {
      if (answer.choices?.length) return [tools.choices(this, answer)];
      const note = visible(answer.note || "原文未提及。");
      const [, said, reason] = note.match(/^(原文未提及)[：。]?(.*)$/s) || [null, note, ""];
      const card = make("div", { class: "card", role: "note" }, make("p", { class: "headline" }, said), reason && make("p", { class: "quiet" }, reason));
      const near = answer.passages.slice(0, NEAREST).map(tools.piece);
      if (!near.length) return [card];
      const source = near.length > 1 ? tools.sourceOf(near) : "";
      const groups = tools.outline(near, false);
      return [card, make("p", { class: "near quiet" }, "最接近的地方（不是回答）："), ...groups.map((group) => this.#group(group, { source, nearest: true }))];
    }

    /** Only the facets that are there; they filter what is shown. */
    #facets(answer) {
      if (this.#options.facet) {
        const name = FACETS[this.#options.facet];
        const all = make("button", { type: "button", class: "chip", onclick: () => tell(this, "narrow", { facet: null }) }, "看全部");
        return make("div", { class: "row" }, make("span", { class: "quiet" }, `只问了“${name}”`), all);
      }
      const counts = {};
      for (const { facet } of answer.points) if (facet) counts[facet] = (counts[facet] || 0) + 1;
      const there = Object.keys(FACETS).filter((facet) => counts[facet]);
      if (there.length < 2 || answer.points.length < 4) return null;
      const chip = (facet, label, count) =>
        make("button", { type: "button", class: "chip", "data-facet": facet || "", "aria-pressed": String(facet === this.#facet), onclick: () => this.#filter(facet) }, `${label} ${count}`);
      const chips = there.map((facet) => chip(facet, FACETS[facet], counts[facet]));
      return make("div", { class: "row facets", role: "group", "aria-label": "只看哪一类" }, make("span", { class: "quiet" }, "只看"), chip(null, "全部", answer.points.length), ...chips);
    }

    #filter(facet) {
      this.#facet = facet;
      const root = this.shadowRoot;
      for (const chip of root.querySelectorAll(".facets .chip")) chip.setAttribute("aria-pressed", String(chip.dataset.facet === (facet || "")));
      for (const item of root.querySelectorAll("li[data-facet]")) item.classList.toggle("out", Boolean(facet) && item.dataset.facet !== facet);
      for (const group of root.querySelectorAll(".group")) {
        const left = group.querySelectorAll("li.point:not(.out)").length;
        group.classList.toggle("out", !left);
        const count = group.querySelector(".count");
        if (count) count.textContent = `${left} 处`;
      }
      const shown = root.querySelectorAll("li.point:not(.out)").length;
      tell(this, "said", { text: `现在显示 ${shown} 处。` });
    }

    /** One heading with its points; one of a long list is folded up to the beginnings of its points. */
    #group(group, { source, folds, nearest, list }) {
      const above = group.path.map((title) => visible(shortened(title, 40)));
      if (!above.length) above.push(`${source ? "" : `《${visible(group.title)}》`}${group.overview ? "总的来说" : source ? "开头部分" : ""}`);
      const name = (folds && above.length > 1 ? above.slice(-1) : above).join(" › ");
      const title = visible(group.path.join(" › ") || group.title);
      const titled = above[0].startsWith("《");
      const said = titled || this.#options.source === false ? tools.sourceOf(group.points) : source; // whose it is stands there already
      const shared = visible(tools.shortCite(group.shared, { path: group.path, source: said }));
      const needless = titled && this.#options.source === false && this.#groups.length === 1 && !shared; // it stands elsewhere
      const section = make("section", { class: `group${folds ? " folds" : ""}` });
      const toggle = () => this.#unfold(section);
      const label = folds ? make("button", { type: "button", class: "name", title, "aria-expanded": "false", onclick: toggle }, name) : make("span", { class: "name", title }, name);
      const several = list && group.items.length > 1 && this.#groups.length > 1;
      const count = (folds || several) && make("span", { class: "count" }, `${group.items.length} 处`);
      const copy = several && copier("复制本组", () => tools.asText([group]), `复制“${name}”的 ${group.items.length} 处`);
      const more = make("span", { class: "more row-end" }, count, count && shared && " · ", shared && make("cite", { title: visible(group.shared) }, shared), copy);
      const items = group.items.map((item) => this.#point(item, { group, source: said, nearest }));
      if (!needless) section.append(make("h3", { class: "path" }, label, more));
      if (folds) section.append(make("ol", { class: "heads" }, ...group.items.map((item) => this.#beginning(item, section))));
      section.append(make("ol", { start: group.items[0].number }, ...items));
      return section;
    }

    #unfold(section, open = !section.classList.contains("open")) {
      section.classList.toggle("open", open);
      section.querySelector("button.name").setAttribute("aria-expanded", String(open));
    }

    /** The first words of a point in a folded group: a press shows it whole, and its place in the source. */
    #beginning({ point, number }, section) {
      const press = () => {
        if (!this.#options.closed && globalThis.speechqaPage?.panes?.matches) return tell(this, "open", this.#place(point));
        this.#unfold(section, true);
        const item = section.querySelector(`li.point[data-start="${point.start}"]`);
        item.scrollIntoView({ block: "nearest" });
        item.querySelector("button")?.focus({ preventScroll: true });
      };
      const button = make("button", { type: "button", title: visible(shortened(point.text, 200)), "aria-label": `第 ${number} 处：${tools.headOf(point)}`, onclick: press }, make("b", {}, `[${number}]`), ` ${tools.headOf(point)}`);
      return make("li", { "data-facet": point.facet, "data-start": point.start, "data-end": point.end, "data-document": point.document.id }, button);
    }

    #place(point) {
      return { document: point.document.id, start: point.start, end: point.end };
    }

    #point({ point, number, rest }, { group, source, nearest }) {
      const open = () => tell(this, "open", this.#place(point));
      const facets = new Set((this.#answer.points || []).map((one) => one.facet));
      const name = point.facet && facets.size > 1 && FACETS[point.facet];
      const shown = visible(tools.shortCite(rest, { path: point.path, source: group.shared ? "" : source }));
      const see = this.#options.label || "看原文";
      const quote = make("blockquote", {}, point.before && "……", ...tools.marked(point), point.after && "……");
      if (!this.#options.closed) {
        quote.classList.add("link");
        quote.addEventListener("click", () => String(globalThis.getSelection()) || open());
      }
      const buttons = [
        !nearest && copier("复制", () => ({ text: tools.cited(point) }), `复制第 ${number} 处和出处`),
        !this.#options.closed && make("button", { type: "button", "aria-label": `${see}：第 ${number} 处`, onclick: open }, see),
      ];
      const foot = make("footer", {}, shown && make("cite", { title: visible(point.citation) }, shown), name && make("span", { class: `facet ${point.facet}` }, name), ...buttons);
      const attributes = { class: `point${nearest ? " nearest" : ""}`, "data-start": point.start, "data-end": point.end, "data-document": point.document.id, "data-facet": point.facet };
      return make("li", attributes, make("span", { class: "number" }, nearest ? "·" : `[${number}]`), make("div", {}, quote, foot));
    }

    /** Everything that can be done with the answer, in one row. */
    #actions(answer) {
      const several = answer.status === "answered" && answer.points.length > 1 && !answer.table;
      const folded = this.#groups.length > 0 && answer.points.length > FOLD;
      const all = () => {
        const open = whole.textContent === "全部展开";
        for (const section of this.shadowRoot.querySelectorAll(".folds")) this.#unfold(section, open);
        whole.textContent = open ? "全部收起" : "全部展开";
        if (globalThis.speechqaPage) this.scrollIntoView({ block: "start" }); // read from its beginning; a host's page is not ours to scroll
      };
      const whole = make("button", { type: "button", onclick: all }, "全部展开");
      const parts = [
        folded && whole,
        answer.table && tools.copyTable(answer),
        several && copier("全部复制", () => tools.asText(this.#groups), `复制全部 ${answer.points.length} 处，带出处`),
        several && copier("不带出处", () => tools.asText(this.#groups, false), `复制全部 ${answer.points.length} 处，不带出处`),
        ...(this.#options.feedback ? tools.feedback(this, this.#options.given) : []),
      ].filter(Boolean);
      return parts.length ? make("div", { class: "row actions" }, ...parts) : null;
    }

    #suggestions(answer) {
      if (!this.#options.suggestions || !(answer.suggestions || []).length) return null;
      const ask = (question) => make("button", { type: "button", class: "chip", onclick: () => tell(this, "ask", { question }) }, visible(question));
      return make("div", { class: "row", role: "group", "aria-label": "接着问" }, make("span", { class: "quiet" }, "接着问"), ...answer.suggestions.map(ask));
    }
  }

  globalThis.customElements.define("speech-answer", SpeechAnswer);
})();
