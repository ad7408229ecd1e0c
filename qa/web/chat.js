/* What an instance of the chat's component shows, by `data.view`: it holds <speech-answer> and its companions and
 * hands what a person does to Python. answer.js and reader.js stand before it in the same module.
 */
const { make: makeElement, palette: colours } = globalThis.customElements.get("speech-answer").tools;

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
  "Close": "关闭",
  "Help": "说明",
  "Loading...": "正在打开……",
  "Running...": "正在查找……",
  "Connecting": "正在连接",
  "Connection error": "连接断开",
  "Please wait...": "请稍候……",
};

function translate(root) {
  const nodes = [root, ...root.querySelectorAll("[aria-label],[title],label,button,span,a")];
  for (const node of nodes) {
    // An icon is a word in a font of icons (expand_more): nothing to be read out.
    if (node.dataset?.testid === "stIconMaterial") node.setAttribute("aria-hidden", "true");
    for (const name of ["aria-label", "title"]) {
      const chinese = CHINESE[node.getAttribute?.(name)];
      if (chinese) node.setAttribute(name, chinese);
    }
    const only = node.childNodes?.length === 1 && node.firstChild.nodeType === Node.TEXT_NODE && node.firstChild;
    if (only && CHINESE[only.data?.trim()]) only.data = CHINESE[only.data.trim()];
  }
}

/** Set up the page once: language, colours that follow Streamlit's theme, Chinese names, the live region. */
function setUp() {
  if (globalThis.speechqaPage) return globalThis.speechqaPage;
  const page = { live: makeElement("div", { role: "status", "aria-live": "polite", id: "speechqa-live" }), reader: null };
  globalThis.speechqaPage = page;
  document.documentElement.lang = "zh-CN";
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(
    `:root{${colours.light}}:root[data-speechqa=dark]{${colours.dark}}` +
      "#speechqa-live{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}" +
      "#speechqa-away{position:fixed;inset:0 0 auto;z-index:999999;margin:0;padding:.6rem 1rem;text-align:center;" +
      "background:var(--sq-accent);color:var(--sq-page);font:var(--sq-font)}#speechqa-away[hidden]{display:none}",
  );
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  document.body.append(page.live);
  const theme = () => {
    const app = document.querySelector(".stApp");
    const [r, g, b] = (getComputedStyle(app || document.body).backgroundColor.match(/\d+/g) || [255, 255, 255]).map(Number);
    document.documentElement.dataset.speechqa = 0.299 * r + 0.587 * g + 0.114 * b < 128 ? "dark" : "light";
  };
  theme();
  const app = document.querySelector(".stApp");
  const away = makeElement("p", { role: "alert", id: "speechqa-away", hidden: true });
  document.body.append(away);
  const connection = () => {
    const lost = !["CONNECTED", undefined].includes(app.dataset.testConnectionState);
    away.textContent = lost ? "连接断开，正在重新连接……已有的对话不会丢。" : "";
    away.hidden = !lost;
  };
  if (app) {
    new MutationObserver(theme).observe(app, { attributes: true, attributeFilter: ["class"] });
    new MutationObserver(connection).observe(app, { attributes: true, attributeFilter: ["data-test-connection-state"] });
  }
  translate(document.body);
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "attributes") translate(change.target);
      change.addedNodes.forEach((node) => node.nodeType === Node.ELEMENT_NODE && translate(node));
    }
  }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-label"] });
  document.addEventListener("speechqa:said", (event) => (page.live.textContent = event.detail.text));
  return page;
}

/** Find this instance's element of that name, or make it. */
function hold(root, tag) {
  const found = root.querySelector(tag);
  if (found) return found;
  const made = document.createElement(tag);
  root.append(made);
  return made;
}

/**
 * Give the input the focus where nothing else has it, as soon as it stands: on a slow machine Streamlit draws it
 * late, and draws it anew. Given up after 10 s, and when the reader touches the page.
 */
function focusInput(every) {
  let left = 10_000 / every;
  let kept = 0;
  const stop = () => (left = 0);
  for (const event of ["pointerdown", "keydown"]) addEventListener(event, stop, { once: true, capture: true });
  const timer = setInterval(() => {
    const input = document.querySelector('[data-testid="stChatInputTextArea"]');
    const now = document.activeElement;
    const free = now === document.body;
    kept = input && now === input ? kept + 1 : 0;
    if (left-- <= 0 || kept > 5 || !(free || kept)) clearInterval(timer);
    else if (free) input?.focus({ preventScroll: true });
  }, every);
}

const VIEWS = {
  answer(root, data, act) {
    const element = hold(root, "speech-answer");
    if (!element.heard) {
      element.heard = true;
      for (const type of ["ask", "literal", "narrow", "edit", "again", "feedback"]) {
        element.addEventListener(`speechqa:${type}`, (event) => {
          event.stopPropagation();
          element.act({ type, turn: element.turn, ...event.detail });
        });
      }
    }
    Object.assign(element, { act, turn: data.turn });
    const key = JSON.stringify([data.answer, data.options]);
    if (element.drawn === key) return;
    const fresh = element.shown !== data.answer.id || element.drawn === undefined;
    element.drawn = key;
    element.shown = data.answer.id;
    element.options = data.options;
    element.answer = data.answer;
    if (data.last) globalThis.speechqaPage.last = element;
    element.dispatchEvent(
      new CustomEvent("speechqa:drawn", { detail: { turn: data.turn, last: data.last, new: data.new && fresh }, bubbles: true, composed: true }),
    );
  },

  document(root, data, act) {
    const page = globalThis.speechqaPage;
    const [map, reader] = [hold(root, "speech-map"), hold(root, "speech-reader")];
    map.data = data.map;
    reader.data = data.reader;
    map.hidden = !data.map.cells.length || data.embedded;
    Object.assign(page, { map, reader, act });
    const light = (places) => {
      map.light(places);
      page.outline?.light(places);
      reader.places = places;
    };
    if (!page.heard) {
      page.heard = true;
      document.addEventListener("speechqa:open", (event) => {
        const place = event.detail;
        if (page.reader.holds(place)) page.reader.open(place);
        else page.act({ type: "open", ...place });
      });
      document.addEventListener("speechqa:places", (event) => page.light(event.detail.places));
      document.addEventListener("speechqa:drawn", (event) => {
        const drawn = event.composedPath()[0];
        if (event.detail.last) page.light(drawn.places);
        if (!event.detail.new) return;
        page.live.textContent = drawn.summary;
        requestAnimationFrame(() => drawn.scrollIntoView({ block: "start" }));
      });
    }
    page.light = light;
    if (data.lit) light(data.lit);
    else if (page.last?.isConnected) light(page.last.places); // it may have been drawn before us
    if (data.open && page.opened !== data.open.key) {
      page.opened = data.open.key;
      requestAnimationFrame(() => reader.open(data.open));
    }
    if (data.focus && !page.focused && globalThis.matchMedia("(pointer: fine)").matches) {
      page.focused = true;
      focusInput(100);
    }
  },

  doors(root, data, act) {
    const doors = hold(root, "speech-doors");
    if (!doors.act) doors.addEventListener("speechqa:ask", (event) => doors.act({ type: "ask", ...event.detail }));
    doors.act = act;
    doors.data = data;
  },

  files(root, data, act) {
    const files = hold(root, "speech-files");
    Object.assign(files, { act, data });
  },

  outline(root, data) {
    const page = globalThis.speechqaPage;
    page.outline = hold(root, "speech-outline");
    page.outline.data = data.outline;
  },
};

setUp();
globalThis.speechqaDraw = ({ data, parentElement, setTriggerValue }) =>
  VIEWS[data.view](parentElement, data, (detail) => setTriggerValue("act", { ...detail, at: Date.now() }));
