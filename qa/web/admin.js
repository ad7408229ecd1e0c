/* The admin's page: asks for the figures with the key of this tab, and draws them as text, never as HTML. */
"use strict";
(() => {
  const KEY = "speechqa-admin";
  const byId = (id) => document.getElementById(id);
  const KINDS = { fact: "一处或几处", list: "清单", structure: "结构", term: "提法", claim: "是不是", none: "没有答成" };
  const DOORS = { api: "接口", batch: "批量", page: "聊天网页", mcp: "智能助手" };
  const REASONS = {
    chat: "不是对文稿的提问", no_content: "没有可查的内容", not_in_document: "没有找到相关内容", beyond: "已是头一项或最后一项",
    off_topic: "与文稿无关", weak: "把握不够", out_of_time: "超过时间", busy: "太忙", internal_error: "程序出错",
  };
  const state = { number: 0 };

  const element = (name, text, ...classes) => {
    const made = document.createElement(name);
    if (text !== undefined && text !== null) made.textContent = text;
    made.classList.add(...classes);
    return made;
  };
  const number = (value) => (value ?? 0).toLocaleString("zh-CN");
  const moment = (seconds) => (seconds ? new Date(1000 * seconds).toLocaleString("zh-CN", { hour12: false }) : "");

  /* Draws a table: columns are [heading, class, row -> text or element]; the first column heads its row. */
  const table = (place, caption, columns, rows, empty) => {
    if (!rows.length) return place.replaceChildren(element("p", empty, "quiet"));
    const drawn = element("table"), head = element("tr"), body = element("tbody");
    for (const [heading, kind] of columns) {
      const cell = element("th", heading, kind);
      cell.scope = "col";
      head.append(cell);
    }
    for (const row of rows) {
      const line = element("tr");
      columns.forEach(([, kind, read], place_) => {
        const value = read(row), cell = element(place_ ? "td" : "th", undefined, kind);
        if (!place_) cell.scope = "row";
        cell.append(value instanceof Node ? value : String(value ?? ""));
        line.append(cell);
      });
      body.append(line);
    }
    const top = element("thead");
    top.append(head);
    drawn.append(top, body);
    const wide = element("div", undefined, "wide");
    wide.tabIndex = 0;
    wide.setAttribute("role", "region");
    wide.setAttribute("aria-label", caption);
    wide.append(drawn);
    return place.replaceChildren(wide);
  };

  const strip = (row, most) => {
    const answered = element("span"), none = element("span");
    const width = (count) => `${(100 * count) / most}%`;
    answered.style.inlineSize = width(row.questions - row.not_found - row.errors);
    none.style.inlineSize = width(row.not_found + row.errors);
    const cell = document.createDocumentFragment();
    cell.append(answered, none);
    return cell;
  };

  const counts = (id, caption, names, rows) =>
    table(byId(id), caption, [["名称", "text", (row) => names[row.name] ?? row.name], ["次数", "number", (row) => number(row.count)]], rows, "还没有。");

  const summary = (data) => {
    const sum = (name) => data.per_day.reduce((total, row) => total + row[name], 0);
    const asked = sum("questions"), share = asked ? `（${Math.round((100 * sum("not_found")) / asked)}%）` : "";
    const told = [
      ["提问", number(asked)], ["原文未提及", number(sum("not_found")) + share], ["没有答成", number(sum("errors"))],
      ["有用", number(sum("up"))], ["不好", number(sum("down"))], ["上传的文稿（内存里）", number(data.uploads.documents)],
    ];
    byId("sum").replaceChildren(
      ...told.map(([name, value]) => {
        const one = element("div");
        one.append(element("dt", name), element("dd", value));
        return one;
      }),
    );
  };

  const documents = (data) => {
    const made = data.snapshot.made ? `，${moment(data.snapshot.made)} 建成` : "";
    byId("snapshot").textContent = `正在用的索引：${data.snapshot.id}${made}。`;
    const title = (row) => row.title ?? "上传的，或已不在索引里的";
    table(
      byId("documents"), "文稿",
      [
        ["标题", "text", title], ["状态", "short", (row) => (row.state === "served" ? "在用" : "不在索引里")],
        ["字数", "number", (row) => (row.id ? number(row.characters) : "")], ["节", "number", (row) => (row.id ? number(row.sections) : "")],
        ["句", "number", (row) => (row.id ? number(row.sentences) : "")], ["问到", "number", (row) => number(row.questions)],
        ["编号", "short", (row) => row.id ?? ""],
      ],
      data.documents, "索引里没有文稿。",
    );
  };

  const draw = (data) => {
    summary(data);
    const most = Math.max(1, ...data.per_day.map((row) => row.questions));
    table(
      byId("per-day"), "每天的提问",
      [
        ["日期", "short", (row) => row.day], ["提问", "number", (row) => number(row.questions)], ["有答、没有答", "strip", (row) => strip(row, most)],
        ["原文未提及", "number", (row) => number(row.not_found)], ["没有答成", "number", (row) => number(row.errors)],
        ["平均毫秒", "number", (row) => number(row.ms)], ["有用", "number", (row) => number(row.up)], ["不好", "number", (row) => number(row.down)],
      ],
      [...data.per_day].reverse(), "这些天没有人提问。",
    );
    const noted = data.log_questions;
    byId("none-files").hidden = !noted;
    byId("none-note").textContent = noted
      ? `共 ${number(data.unanswered_total)} 个，标点和空白不同的算一个；原文保存 ${data.question_days} 天。`
      : "没有记下问题原文（设置 log_questions），这里只有数目。";
    table(
      byId("unanswered"), "问了没有答的",
      [
        ["问题", "text", (row) => row.question], ["次数", "number", (row) => number(row.count)],
        ["原因", "short", (row) => REASONS[row.reason] ?? row.reason], ["最近一次", "number", (row) => moment(row.last)],
      ],
      data.unanswered, noted ? "没有。" : "",
    );
    documents(data);
    table(
      byId("slowest"), "最慢的",
      [
        ["毫秒", "number", (row) => number(row.ms)], ["问题", "text", (row) => row.question ?? "（没有记下）"], ["样式", "short", (row) => KINDS[row.kind] ?? row.kind],
        ["从哪里", "short", (row) => DOORS[row.door] ?? row.door], ["什么时候", "number", (row) => moment(row.at)], ["编号", "short", (row) => row.request],
      ],
      data.slowest, "还没有。",
    );
    counts("kinds", "问的样式", KINDS, data.kinds);
    counts("doors", "从哪里问的", DOORS, data.doors);
    counts("reasons", "没有答的原因", REASONS, data.reasons);
    byId("at").textContent = `${moment(data.at)} 的数字`;
  };

  const show = (inside) => {
    byId("door").hidden = inside;
    byId("page").hidden = byId("leave").hidden = !inside;
  };

  const fetched = async (path) => {
    const key = sessionStorage.getItem(KEY) ?? "";
    const response = await fetch(`admin/${path}`, { headers: { authorization: `Bearer ${key}` }, cache: "no-store" });
    if (response.ok) return response;
    const problem = await response.json().catch(() => ({}));
    if (response.status === 401 || response.status === 403) leave();
    throw new Error(problem.detail ?? `服务器回答 ${response.status}。`);
  };

  const told = (error) => {
    const mine = error instanceof TypeError ? "连不上服务器，请稍后再试。" : error.message;
    byId("told").textContent = mine;
  };

  const leave = () => {
    sessionStorage.removeItem(KEY);
    show(false);
    byId("key").focus();
  };

  const load = async () => {
    const mine = (state.number += 1);
    byId("told").textContent = "";
    try {
      const data = await (await fetched(`data?days=${byId("days").value}`)).json();
      if (mine !== state.number) return; // a later choice is on its way
      draw(data);
      show(true);
    } catch (error) {
      told(error);
    }
  };

  const save = async (name) => {
    byId("told").textContent = "";
    try {
      const blob = await (await fetched(`${name}?days=${byId("days").value}`)).blob();
      const link = element("a");
      link.href = URL.createObjectURL(blob);
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    } catch (error) {
      told(error);
    }
  };

  byId("door").addEventListener("submit", (event) => {
    event.preventDefault();
    const given = byId("key").value.trim();
    byId("key").value = "";
    if (!/^[\w-]+$/.test(given)) return told(new Error("密钥只有字母、数字、_ 和 -。"));
    sessionStorage.setItem(KEY, given);
    return load();
  });
  byId("leave").addEventListener("click", leave);
  byId("again").addEventListener("click", load);
  byId("days").addEventListener("change", load);
  for (const button of document.querySelectorAll("[data-file]")) button.addEventListener("click", () => save(button.dataset.file));
  if (sessionStorage.getItem(KEY)) load();
  else byId("key").focus();
})();
