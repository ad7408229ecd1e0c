/* Parts of an answer, as members of <speech-tools>: the verdict on it (two thumbs, and a form for what was wrong), its
 * question edited in place, a quotation with its marks.
 */
(() => {
  const tools = globalThis.customElements.get("speech-tools");
  if (tools.feedback) return;
  const { make, thumb, tell, visible, cut } = tools;
  const REASONS = ["答非所问", "没有列全", "原文有却说未提及", "原文没有却答了", "位置不对", "其他"];

  /** What stands in the row of actions; `given` is the verdict that was given. */
  tools.feedback = (element, given) => {
    if (given) return [make("span", { class: "quiet" }, thumb(given === "up"), "已记下，谢谢")];
    const form = make(
      "form",
      { class: "form", hidden: true },
      make("select", { "aria-label": "哪里不好" }, ...REASONS.map((reason) => make("option", {}, reason))),
      make("input", { type: "text", maxlength: "500", "aria-label": "补充说明", placeholder: "补充说明（可不写）" }),
      make("button", { class: "solid" }, "提交"),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const [kind, more] = [form.elements[0].value, form.elements[1].value.trim()];
      tell(element, "feedback", { verdict: "down", reason: more ? `${kind}：${more}` : kind });
    });
    const up = make("button", { type: "button", onclick: () => tell(element, "feedback", { verdict: "up", reason: "" }) }, thumb(true), "有用");
    const down = make("button", { type: "button", "aria-expanded": "false" }, thumb(false), "不好");
    down.addEventListener("click", () => {
      form.hidden = !form.hidden;
      down.setAttribute("aria-expanded", String(!form.hidden));
      if (!form.hidden) form.elements[0].focus();
    });
    return [up, down, form];
  };

  /** Edit the question where it stands in `row`; Esc or 取消 leaves it as it is. */
  tools.editing = (element, row, question) => {
    const before = [...row.childNodes];
    const field = make("textarea", { "aria-label": "修改问题", rows: "2" });
    field.value = question;
    const back = () => {
      row.replaceChildren(...before);
      row.querySelector("button")?.focus();
    };
    const send = (event) => {
      event.preventDefault();
      const wanted = field.value.trim();
      back();
      if (wanted && wanted !== question.trim()) tell(element, "edit", { question: wanted });
    };
    field.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Escape") {
        event.stopPropagation();
        back();
      } else if (event.key === "Enter" && !event.shiftKey) send(event);
    });
    const buttons = [make("button", { type: "button", onclick: back }, "取消"), make("button", { class: "solid" }, "重新提问")];
    row.replaceChildren(make("form", { class: "edit", onsubmit: send }, field, ...buttons));
    field.focus();
  };

  /** Give the focus to what opens a place in an answer, where it is seen; tells whether it could. */
  tools.focusOn = (answer, { document: source, start }) => {
    const mine = [...answer.shadowRoot.querySelectorAll(`[data-start="${start}"]`)].filter((one) => one.dataset.document === source);
    const button = mine.map((one) => one.querySelector("footer button:last-of-type") ?? one.querySelector("button")).find((one) => one?.offsetParent);
    button?.focus({ preventScroll: true });
    return Boolean(button);
  };

  /** The quotation with its marks: text nodes and <mark>, so that nothing in it is ever read as HTML. */
  tools.marked = (point) => {
    const nodes = [];
    let at = 0;
    for (const [start, end] of point.marks) {
      nodes.push(visible(cut(point.text, at, start - point.start)));
      nodes.push(make("mark", {}, visible(cut(point.text, start - point.start, end - point.start))));
      at = end - point.start;
    }
    nodes.push(visible(cut(point.text, at, point.end - point.start)));
    return nodes;
  };
})();
