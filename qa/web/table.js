/* A comparison as a table, and the documents to choose from. Plain functions, members of <speech-tools>; answer.js shows
 * what they make. Cells are quotations, letter for letter; words that the neighbours lack are <mark>s in them.
 */
(() => {
  const tools = globalThis.customElements.get("speech-tools");
  if (tools.comparison) return;
  const { make, visible, cut, tell, copier } = tools;
  const CHANGES = { new: "新出现", gone: "不再提", changed: "有变化", unchanged: "没有变化" };
  const TITLES = { new: "前一篇没有的词", gone: "后一篇没有的词" };

  /** The words of a cell in a row: [text, "new" | "gone" | ""]. */
  function pieces({ point, new: come, gone }) {
    const spans = [...come.map((span) => [...span, "new"]), ...gone.map((span) => [...span, "gone"])].sort((a, b) => a[0] - b[0]);
    const found = [];
    let at = point.start;
    for (const [start, end, what] of spans) {
      const from = Math.max(start, at);
      if (from >= end) continue;
      found.push([cut(point.text, at - point.start, from - point.start), ""], [cut(point.text, from - point.start, end - point.start), what]);
      at = end;
    }
    found.push([cut(point.text, at - point.start, point.end - point.start), ""]);
    return found.filter(([text]) => text);
  }

  const words = (cell) => pieces(cell).map(([text, what]) => (what ? make("mark", { class: what, title: TITLES[what] }, visible(text)) : visible(text)));

  /** One cell under the name of its document, which stands in it where the cells are stacked. */
  function drawn(element, column, cell, closed) {
    const name = make("span", { class: "of", "aria-hidden": "true" }, visible(column.name));
    if (!cell) return make("td", { class: "none" }, name, make("p", { class: "quiet" }, visible(column.note || "—")));
    const { point } = cell;
    const open = () => tell(element, "open", { document: point.document.id, start: point.start, end: point.end });
    const shown = visible(point.citation.startsWith(column.name) ? point.citation.slice(column.name.length) : point.citation);
    const see = !closed && make("button", { type: "button", "aria-label": `看原文：${visible(point.citation)}`, onclick: open }, "看原文");
    const foot = make("footer", {}, make("cite", { title: visible(point.citation) }, shown), see);
    const place = { "data-start": point.start, "data-end": point.end, "data-document": point.document.id };
    return make("td", place, name, make("blockquote", {}, ...words(cell)), foot);
  }

  /** answer.table -> the elements that show it. */
  function comparison(element, answer, { closed } = {}) {
    const { columns, rows, left_out: left } = answer.table;
    const head = make("tr", {}, ...columns.map((column) => make("th", { scope: "col" }, visible(column.name))));
    const body = rows.flatMap((row) => [
      make("tr", { class: "change" }, make("th", { colspan: columns.length, scope: "rowgroup" }, make("span", { class: `is ${row.change}` }, CHANGES[row.change]))),
      make("tr", {}, ...row.cells.map((cell, n) => drawn(element, columns[n], cell, closed))),
    ]);
    const table = make("table", { class: `columns-${columns.length}` }, make("caption", { class: "quiet" }, "对比：", make("mark", { class: "new" }, "新出现的词"), " ", make("mark", { class: "gone" }, "后来没有的词")), make("thead", {}, head), make("tbody", {}, ...body));
    const parts = [make("div", { class: "compare", tabindex: "0", role: "region", "aria-label": "对比表" }, table)];
    if (left) parts.push(make("p", { class: "quiet" }, `还有 ${left} 行没有列出。`));
    return parts;
  }

  /** The table for the clipboard: lines with tabs, and an HTML table that Word takes. */
  function tableText({ columns, rows }) {
    const cells = rows.map((row) => [CHANGES[row.change], ...row.cells.map((cell, n) => (cell ? tools.cited(cell.point) : visible(columns[n].note || "—")))]);
    const all = [["变化", ...columns.map((column) => visible(column.name))], ...cells];
    const plain = (text) => text.replace(/[&<>"]/g, (letter) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[letter]);
    const html = all.map((line) => `<tr>${line.map((text) => `<td>${plain(text)}</td>`).join("")}</tr>`).join("");
    return { text: all.map((line) => line.map((text) => text.replace(/\s+/g, " ")).join("\t")).join("\n"), html: `<table border="1">${html}</table>` };
  }

  const copyTable = (answer) => copier("复制表格", () => tableText(answer.table), "复制对比表，带出处");

  /** The documents to choose from, as buttons that ask the question of one of them. */
  function choices(element, answer) {
    const button = ({ name, question }) => make("button", { type: "button", class: "chip", onclick: () => tell(element, "ask", { question }) }, visible(name));
    const list = make("ol", { class: "choices" }, ...answer.choices.map((choice) => make("li", {}, button(choice))));
    return make("div", { class: "card", role: "group", "aria-label": "选一篇文稿" }, make("p", { class: "headline" }, visible(answer.note)), list);
  }

  Object.assign(tools, { comparison, copyTable, choices });
})();
