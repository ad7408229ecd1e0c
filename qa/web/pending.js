/* <speech-pending>: a question that has just been sent, and a sign that it is being answered. */
(() => {
  if (globalThis.customElements.get("speech-pending")) return;
  const tools = globalThis.customElements.get("speech-tools");
  const { make, visible } = tools;
  const sheet = tools.styled("pending");

  class SpeechPending extends HTMLElement {
    constructor() {
      super();
      this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
    }

    set question(value) {
      const wait = make("p", { class: "wait", role: "status" }, "正在查找原文……");
      this.shadowRoot.replaceChildren(make("p", { class: "asked" }, visible(value)), wait);
    }
  }

  globalThis.customElements.define("speech-pending", SpeechPending);
})();
