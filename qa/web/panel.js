/* The widget's panel and bubble, as elements with their acts; its greeting. Members of <speech-tools>. */
(() => {
  const tools = globalThis.customElements.get("speech-tools");
  if (tools.panel) return;
  const { make, visible, FACETS } = tools;
  const QUESTION = 1000; // characters a question may have; scripts.py puts the setting here

  /** Make the parts; `acts`: open, close, clear, full, submit(question), escape() which tells whether it closed. */
  tools.panel = (id, acts) => {
    const button = (label, act, more) => make("button", { type: "button", onclick: act, ...more }, label);
    const parts = {
      bubble: button("", acts.open, { class: "bubble", "aria-haspopup": "dialog", "aria-controls": id }),
      title: make("h2", { id: `${id}-title` }),
      about: make("p", {}),
      clear: button("清空", () => (acts.clear(), parts.input.focus())),
      full: button("完整版", acts.full),
      shut: button("关闭", acts.close),
      own: make("p", { class: "own", hidden: true }, "要问自己的文稿（Word、PDF……）：", button("打开完整版", acts.full)),
      log: make("div", { class: "log", tabindex: "0", role: "region", "aria-label": "问答" }),
      live: make("div", { class: "live", role: "status" }),
      input: make("input", { type: "text", "aria-label": "问题", placeholder: "问这篇讲话……", autocomplete: "off", enterkeyhint: "send", oninput: () => tooLong(parts) }),
      send: make("button", {}, "提问"),
      over: make("p", { class: "over", role: "alert", hidden: true }),
      before: make("span", { tabindex: "0", onfocus: () => parts.send.focus() }),
      after: make("span", { tabindex: "0", onfocus: () => parts.clear.focus() }),
    };
    const submit = (event) => {
      event.preventDefault();
      if (tooLong(parts)) return;
      const question = parts.input.value;
      parts.input.value = "";
      acts.submit(question);
    };
    const escape = (event) => event.key === "Escape" && !event.isComposing && acts.escape() && event.stopPropagation();
    const header = make("header", {}, make("div", {}, parts.title, parts.about), parts.clear, parts.full, parts.shut);
    const form = make("form", { onsubmit: submit }, parts.over, parts.input, parts.send);
    const attributes = { class: "panel", id, "aria-labelledby": `${id}-title`, onkeydown: escape };
    parts.panel = make("section", attributes, parts.before, header, parts.log, parts.own, form, parts.live, parts.after);
    return parts;
  };

  /** What is typed is kept, however long; tells whether it is too long to be asked. */
  function tooLong({ input, over }) {
    const more = [...input.value].length - QUESTION;
    over.hidden = more <= 0;
    if (more > 0) over.textContent = `问题太长：最多 ${QUESTION} 字，现在 ${QUESTION + more} 字。删去 ${more} 字就能提问；文字都还在框里。`;
    return more > 0;
  }

  /** Fill the greeting: the document's name and its starter questions, or what is wrong and a way to try again. */
  tools.greet = async (greeting, parts, { fetching, wanted, ask, again }) => {
    const wait = make("p", { class: "wait" }, "正在打开……");
    greeting.append(make("p", {}, "直接提问，得到一字不差的原文和出处。"), wait);
    try {
      const documents = await fetching("documents");
      const chosen = documents.find((one) => one.id === wanted || one.title === wanted);
      const one = chosen || (documents.length === 1 ? documents[0] : null);
      if (wanted && !one) throw new Error("这篇文稿不在索引里。请检查 document 的值。");
      fetching("uploads").then(({ allowed }) => (parts.own.hidden = !allowed), () => {}); // an older server has none
      parts.about.textContent = one ? visible(`《${one.title}》`) : `${documents.length} 篇文稿`;
      parts.one = Boolean(one); // its title stands in the head: not with every answer
      if (!one) return;
      const { doors, more } = await fetching(`documents/${encodeURIComponent(one.id)}/starters`);
      for (const [name, questions] of [...doors.map(([facet, given]) => [FACETS[facet], given]), ["还可以问", more.slice(0, 2)]])
        if (questions.length) greeting.append(door(name, questions, ask));
    } catch (error) {
      greeting.replaceChildren(make("p", { role: "alert" }, visible(error.message)), tools.retry(again));
    } finally {
      wait.remove();
    }
  };

  function door(name, questions, ask) {
    const chip = (question) => make("button", { type: "button", class: "chip", onclick: () => ask(question) }, visible(question));
    return make("div", { class: "door", role: "group", "aria-label": name }, make("p", {}, name), make("div", { class: "chips" }, ...questions.map(chip)));
  }

  tools.scrollTo = (log, place) => (log.scrollTop += place.getBoundingClientRect().top - log.getBoundingClientRect().top - 12);

  tools.retry = (again) => make("p", { class: "chips" }, make("button", { type: "button", class: "retry", onclick: again }, "重试"));
})();
