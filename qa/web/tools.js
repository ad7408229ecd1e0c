/* <speech-tools>: what all elements share, as static members of a class, so that nothing of ours lies in a host
 * page's global scope. Stands before every other file. Texts only ever become text nodes.
 */
(() => {
  if (globalThis.customElements.get("speech-tools")) return;

  const STYLES = {}; // name -> text of our .css files; scripts.py puts them here
  const FACETS = { achievement: "成绩", goal: "目标", requirement: "要求", background: "认识", other: "其他" };
  const TITLE = 28; // characters of a heading in a path
  const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]/gu;

  /** A host page may have set its own size on <html>: count in --sq-rem where it is given, but not in conditions
   * (@media, @container), where no custom property may stand. */
  const fixed = (style) =>
    style.replace(/@(?:media|container)[^{]*|(-?\d*\.?\d+)rem/g, (all, n) => (n ? `calc(${n}*var(--sq-rem,1rem))` : all));

  /** The custom properties of one scheme, from tokens.css. */
  const tokens = (name) => STYLES.tokens.match(new RegExp(`\\.${name} ?\\{([^}]*)\\}`))[1];
  const palette = { light: tokens("shared") + tokens("light"), dark: tokens("shared") + tokens("dark") };

  /** The style sheet of an element: base.css, then its own, in order. */
  function styled(...names) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(fixed(["base", ...names].map((name) => STYLES[name]).join("")));
    return sheet;
  }

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

  /** A drawn icon: old computers have no font with pictures in it. */
  function icon(path, turned = false) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("aria-hidden", "true");
    line.setAttribute("d", path);
    if (turned) line.setAttribute("transform", "rotate(180 8 8)");
    svg.append(line);
    return svg;
  }

  const THUMB = "M1 7h3v8H1zM5 7l3.2-6c1.3 0 2 .9 1.8 2.2L9.5 6h4c1 0 1.7.9 1.5 1.9l-1.2 5.6c-.2.9-.9 1.5-1.8 1.5H5z";
  const thumb = (up) => icon(THUMB, !up);

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

  const shortened = (title, limit = TITLE) => (title.length <= limit ? title : title.slice(0, limit - 1) + "…");

  /** Copy text, and HTML beside it where given; pages on plain HTTP have no clipboard API: the old way there. */
  async function copy(text, near, html) {
    if (navigator.clipboard && globalThis.isSecureContext) {
      try {
        if (!html || !globalThis.ClipboardItem) await navigator.clipboard.writeText(text);
        else await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob(text, "plain"), "text/html": blob(html, "html") })]);
        return true;
      } catch {
        /* not permitted (a frame without clipboard-write): the old way may still be */
      }
    }
    return copyByCommand(text, near, html);
  }

  const blob = (text, kind) => new Blob([text], { type: `text/${kind}` });

  /** The old way: a selected text field beside `near`, and both forms put in while the copy happens. */
  function copyByCommand(text, near, html) {
    const field = make("textarea", { class: "copy", "aria-hidden": "true", tabindex: "-1", readonly: true });
    field.value = text;
    near.after(field);
    field.select();
    const put = (event) => {
      event.clipboardData.setData("text/plain", text);
      event.clipboardData.setData("text/html", html);
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    if (html) document.addEventListener("copy", put, true);
    let done = false;
    try {
      done = document.execCommand("copy");
    } catch {
      done = false;
    }
    document.removeEventListener("copy", put, true);
    field.remove();
    near.focus({ preventScroll: true });
    return done;
  }

  /** A button that copies; it says for a while how that went. */
  function copier(label, what, described) {
    const button = make("button", { type: "button", "aria-label": described }, label);
    button.addEventListener("click", async () => {
      const { text, html } = what();
      const done = await copy(text, button, html);
      button.textContent = done ? "已复制" : "复制不了，请手工选取";
      tell(button, "said", { text: button.textContent });
      setTimeout(() => (button.textContent = label), 2000);
    });
    return button;
  }

  /** Tell what a person does: an event that leaves shadow roots. */
  function tell(element, type, detail) {
    element.dispatchEvent(new CustomEvent(`speechqa:${type}`, { detail, bubbles: true, composed: true }));
  }

  const overlaps = (place, start, end) => place.start < end && start < place.end;

  /** What this browser keeps, where it keeps anything; JSON under our own names. */
  const kept = {
    get(name, otherwise) {
      try {
        return JSON.parse(localStorage.getItem(`speechqa:${name}`)) ?? otherwise;
      } catch {
        return otherwise;
      }
    },
    set(name, value) {
      try {
        localStorage.setItem(`speechqa:${name}`, encode(value));
      } catch {
        /* a browser that keeps nothing, or is full */
      }
    },
  };

  /** The element that has the focus, in whichever shadow root it is. */
  function deepest() {
    let found = document.activeElement;
    while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
    return found;
  }

  class SpeechTools extends HTMLElement {}
  Object.assign(SpeechTools, { make, icon, thumb, visible, encode, cut, copy, copier, shortened, fixed, palette, styled, tell, overlaps, kept, deepest, FACETS, STYLES });
  globalThis.customElements.define("speech-tools", SpeechTools);
})();
