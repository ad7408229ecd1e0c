/* The widget's global, SpeechQA, and the page's one bubble. Stands behind widget.js. */
(() => {
  const { origin } = globalThis.customElements.get("speech-tools");
  const NO_HELPER = "这个页面没有问答助手：它已移除，或用了 data-bubble=none。请对 <speech-qa> 元素调用 ask。";

  const call =
    (name) =>
    (...given) => {
      const { element } = globalThis.SpeechQA;
      if (element) return element[name](...given);
      return name === "ask" ? Promise.reject(new Error(NO_HELPER)) : undefined;
    };
  globalThis.SpeechQA ||= Object.assign(Object.fromEntries(["open", "close", "toggle", "ask", "destroy"].map((n) => [n, call(n)])), { element: null });

  /** The page's bubble; a page that loads us twice has one. */
  function start() {
    const { title, document: source, position, theme, accent, open, bubble } = origin.script?.dataset || {};
    if (bubble === "none" || globalThis.SpeechQA.element) return;
    const element = document.createElement("speech-qa");
    const given = { heading: title, document: source, position, theme, accent, server: origin.server || undefined, bubble: "", open };
    for (const [name, value] of Object.entries(given)) if (value !== undefined) element.setAttribute(name, value);
    globalThis.SpeechQA.element = element;
    document.body.append(element);
  }

  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
})();
