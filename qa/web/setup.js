/* The chat page around Streamlit, set up once: language, theme, Chinese names, live region, connection, the browser's
 * history, and the question box (what is over the limit is kept and told, what is sent is echoed at once).
 */
(() => {
  if (globalThis.speechqaPage) return;
  const tools = globalThis.customElements.get("speech-tools");
  const { make, palette, styled } = tools;
  const BOX = '[data-testid="stChatInputTextArea"]';
  const SEND = '[data-testid="stChatInputSubmitButton"]';
  const CHECK = 500; // milliseconds between two looks whether a question that is echoed is still being answered
  const IDLE = 6; // looks without a run after which it brought no answer: a short run may go unseen
  const LATE = 400; // milliseconds after a run in which a question that brought no answer is still shown

  // What Streamlit says in English, in accessible names and in text.
  const CHINESE = {
    "Send message": "发送",
    "Stop script": "停止",
    "Skip to main content": "跳到正文",
    "Expand sidebar": "展开侧栏",
    "Collapse sidebar": "收起侧栏",
    "Open sidebar": "展开侧栏",
    "Close sidebar": "收起侧栏",
    "Sidebar": "侧栏",
    "Main content": "正文",
    "Copy to clipboard": "复制",
    "Open": "展开",
    "Close": "关闭",
    "Help": "说明",
    "Loading...": "正在打开……",
    "Running...": "正在查找……",
    "Connecting": "正在连接",
    "Connection error": "连接断开",
    "Please wait...": "请稍候……",
  };

  // Streamlit's icons are words in a font of 375 kB, which we do not load: these stand for them.
  const ICONS = {
    keyboard_double_arrow_left: "«",
    keyboard_double_arrow_right: "»",
    expand_more: "▾",
    expand_less: "▴",
    content_copy: "⧉",
    check: "✓",
    close: "✕",
    download: "↓",
    error: "!",
    warning: "!",
    info: "i",
  };

  function translate(root) {
    const nodes = [root, ...root.querySelectorAll("[aria-label],[title],label,button,span,a")];
    for (const node of nodes) {
      if (node.dataset?.testid === "stIconMaterial") {
        node.setAttribute("aria-hidden", "true"); // nothing to be read out
        node.dataset.icon = ICONS[node.textContent] ?? "";
      }
      for (const name of ["aria-label", "title"]) {
        const chinese = CHINESE[node.getAttribute?.(name)];
        if (chinese) node.setAttribute(name, chinese);
      }
      const only = node.childNodes?.length === 1 && node.firstChild.nodeType === Node.TEXT_NODE && node.firstChild;
      if (only && CHINESE[only.data?.trim()]) only.data = CHINESE[only.data.trim()];
    }
  }

  const page = {
    live: make("div", { role: "status", "aria-live": "polite", id: "speechqa-live" }),
    panes: globalThis.matchMedia("(min-width: 1200px)"),
    answers: new Set(), // the elements that show answers
    reader: null,
    conversation: null, // the id that the address had in the last run
    wanted: null, // the id of the conversation that the browser went to and that is on its way
    limit: Infinity, // characters of a question
    act: () => {},
    echo,
    fill,
    stand: tools.stand,
    told,
    uncover,
  };
  globalThis.speechqaPage = page;
  document.documentElement.lang = "zh-CN";
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`:root{${palette.light}}:root[data-speechqa=dark]{${palette.dark}}${tools.STYLES.page}`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  document.body.append(page.live);
  const app = document.querySelector(".stApp");
  theme();
  connection();
  translate(document.body);
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type !== "childList") translate(change.target.nodeType === Node.TEXT_NODE ? change.target.parentElement || document.body : change.target);
      change.addedNodes.forEach((node) => node.nodeType === Node.ELEMENT_NODE && translate(node));
    }
  }).observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ["aria-label"] });
  document.addEventListener("speechqa:said", (event) => (page.live.textContent = event.detail.text));
  box();
  goingBack();

  /** Follow Streamlit's theme. */
  function theme() {
    const look = () => {
      const [r, g, b] = (getComputedStyle(app || document.body).backgroundColor.match(/\d+/g) || [255, 255, 255]).map(Number);
      document.documentElement.dataset.speechqa = 0.299 * r + 0.587 * g + 0.114 * b < 128 ? "dark" : "light";
    };
    look();
    if (app) new MutationObserver(look).observe(app, { attributes: true, attributeFilter: ["class"] });
  }

  /** Say that the connection is lost; take an echo away whose question brought no answer. */
  function connection() {
    const away = make("p", { role: "alert", id: "speechqa-away", hidden: true });
    document.body.append(away);
    let running = false;
    const look = () => {
      const lost = !["CONNECTED", undefined].includes(app.dataset.testConnectionState);
      away.textContent = lost ? "连接断开，正在重新连接……已有的对话不会丢。" : "";
      away.hidden = !lost;
      const now = app.dataset.testScriptState === "running";
      const { pending } = page;
      if (running && !now) {
        if (pending) setTimeout(() => pending.remove(), LATE);
        page.wanted = null; // what the browser went to has come, or cannot
      }
      running = now;
    };
    if (app) new MutationObserver(look).observe(app, { attributes: true, attributeFilter: ["data-test-connection-state", "data-test-script-state"] });
  }

  /** Show a question that has just been sent where its answer will stand. */
  function echo(question) {
    page.pending?.remove();
    const host = (page.last?.isConnected ? page.last : page.map?.isConnected && page.map)?.parentNode; // both stay while it is answered
    if (!host) return;
    page.pending = document.createElement("speech-pending");
    page.pending.question = question;
    host.append(page.pending);
    watch(page.pending);
    tools.stand(page.pending);
    page.live.textContent = "正在查找原文……";
  }

  /** Take an echo away whose run was too short to be seen. */
  function watch(pending, idle = 0) {
    if (idle >= IDLE) pending.remove();
    const next = app?.dataset.testScriptState === "running" ? 0 : idle + 1;
    if (pending.isConnected) setTimeout(() => watch(pending, next), CHECK);
  }

  /** Put words into the question box, as if they had been typed. */
  function fill(text) {
    const input = document.querySelector(BOX);
    if (!input) return;
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(input, text);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.focus();
    input.setSelectionRange(text.length, text.length);
  }

  /** On a narrow screen the sidebar lies over the answers: it goes once a conversation was chosen in it. */
  function uncover() {
    if (globalThis.matchMedia("(max-width: 768px)").matches) document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
  }

  /** Say something above the question box; nothing: take it away. */
  function told(text) {
    if (!page.note?.isConnected) page.note = make("p", { role: "alert", style: "margin:var(--sq-2) var(--sq-4);color:var(--sq-accent);font:var(--sq-middle)/1.5 var(--sq-sans)" });
    page.note.textContent = text;
    if (page.files && text) page.files.before(page.note);
    else page.note.remove();
  }

  function box() {
    const over = (input) => [...input.value].length - page.limit;
    const draft = "speechqa:draft";
    const keep = (text) => {
      try {
        sessionStorage.setItem(draft, text);
      } catch {
        /* a browser that keeps nothing */
      }
    };
    const kept = () => {
      try {
        return sessionStorage.getItem(draft) || "";
      } catch {
        return "";
      }
    };
    document.addEventListener("input", ({ target }) => {
      if (!target.matches?.(BOX)) return;
      keep(target.value);
      const more = over(target);
      told(more > 0 ? `问题太长：最多 ${page.limit} 字，现在 ${page.limit + more} 字。文字都还在框里，删去 ${more} 字就能提问；要问整篇文稿，请用“添加文稿”。` : "");
    });
    const send = (event) => {
      const input = document.querySelector(BOX);
      if (!input?.value.trim()) return;
      if (over(input) > 0) {
        event.preventDefault();
        event.stopImmediatePropagation();
        return;
      }
      keep("");
      echo(input.value.trim());
    };
    const enter = (event) => event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229 && event.target.matches?.(BOX) && send(event);
    document.addEventListener("keydown", enter, true);
    document.addEventListener("click", (event) => event.target.closest?.(SEND) && send(event), true);
    document.addEventListener("click", (event) => event.target.closest?.(".st-key-new button") && uncover());
    /** Streamlit may draw its box anew, empty, while it begins: what was put in is put in again. */
    const put = (text, left = 50) => {
      const input = document.querySelector(BOX);
      if (input && (!input.value || (over(input) > 0 && !page.note?.isConnected))) fill(text); // or the line above it was not there
      if (left) setTimeout(() => kept() === text && put(text, left - 1), CHECK / 5);
    };
    /** What was asked on the front page is kept until it is answered; where that brings nothing, it stands in the box. */
    const answered = (asked) => {
      let drawn = false;
      document.addEventListener("speechqa:drawn", ({ detail }) => {
        if (!drawn && (drawn = detail.new)) keep(document.querySelector(BOX)?.value || ""); // at once: a reload must not find it
      });
      const wait = (idle) => {
        if (!drawn && idle > IDLE) page.last?.isConnected ? keep("") : put(asked);
        else if (!drawn) setTimeout(() => wait(app?.dataset.testScriptState === "running" ? 0 : idle + 1), CHECK);
      };
      wait(0);
    };
    page.draft = () => {
      const front = globalThis.speechqaFront; // the shell's, where there is one
      const input = document.querySelector(BOX);
      if (!input || front?.composing) return void setTimeout(page.draft, CHECK / 5);
      const asked = front?.asked || "";
      if (asked && [...asked].length <= page.limit) {
        echo(asked);
        page.act({ type: "ask", question: asked });
        answered(asked);
      } else if (!input.value && (asked || kept())) put(asked || kept());
      else if (front?.writing()) input.focus();
      front?.leave();
      globalThis.speechqaFront = null;
    };
  }

  /**
   * The browser's Back closes the open sheet and nothing else; otherwise it goes to the conversation that was there.
   * A conversation's first address takes the place of the one before it: going back from it is leaving.
   */
  function goingBack() {
    const named = (url) => {
      const { searchParams } = new URL(url, document.baseURI);
      return searchParams.get("c") || searchParams.get("s") || "";
    };
    const [push, replace] = [history.pushState.bind(history), history.replaceState.bind(history)];
    const old = (url) => url !== undefined && page.wanted !== null && named(url) !== page.wanted; // of Streamlit's last run
    history.replaceState = (state, title, url) => old(url) || replace(state, title, url);
    history.pushState = (state, title, url) => {
      if (old(url)) return;
      const first = url !== undefined && !named(location.href) && named(url);
      const same = url !== undefined && named(location.href) === named(url);
      if (first || same) replace(state, title, url);
      else push(state, title, url);
    };
    const popped = (event) => {
      event.stopImmediatePropagation(); // Streamlit would run its script for it
      if (page.reader?.popped()) return;
      const wanted = named(location.href);
      const running = app?.dataset.testScriptState === "running"; // then what is shown may not be the last word
      if (wanted === page.conversation && page.wanted === null && !running) return;
      page.wanted = wanted;
      page.act({ type: "resume", conversation: wanted });
    };
    // The shell (front.js) listens before Streamlit does, and asks us; without it Streamlit runs once more.
    if (globalThis.speechqaPopped === undefined) globalThis.addEventListener("popstate", popped);
    globalThis.speechqaPopped = popped;
  }
})();
