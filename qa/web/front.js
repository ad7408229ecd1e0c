/* The front page until the chat is there: a question that is written now is asked as soon as it can be. */
(() => {
  // Before Streamlit's own, which would run its script once more: what the browser's Back means, setup.js knows.
  globalThis.speechqaPopped = null;
  addEventListener("popstate", (event) => globalThis.speechqaPopped?.(event));
  const LATEST = 8_000; // milliseconds after which it goes, whatever is written in it
  const front = document.getElementById("speechqa-front");
  const input = front.querySelector("input");
  const keep = (text) => {
    try {
      sessionStorage.setItem("speechqa:draft", text);
    } catch {
      /* a browser that keeps nothing */
    }
  };
  input.addEventListener("input", () => keep(input.value));
  front.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const question = input.value.trim();
    if (!question || input.disabled) return;
    keep(question); // a reload finds it in the question box
    shell.asked = question;
    input.disabled = true;
    document.getElementById("speechqa-wait").textContent = "问题已记下，打开后马上回答……";
  });
  input.addEventListener("compositionstart", () => (shell.composing = true));
  input.addEventListener("compositionend", () => {
    shell.composing = false;
    keep(input.value);
  });
  const there = () => document.querySelector('.stApp [data-testid="stChatInputTextArea"], .stApp [role="alert"], .stApp .stException');
  const watch = new MutationObserver(() => {
    if (!there()) return;
    watch.disconnect();
    if (!input.value && document.activeElement !== input) shell.leave();
    else setTimeout(shell.leave, LATEST); // whoever writes goes on, until setup.js takes what is written
  });
  // What was written here, for setup.js: what was asked, whether a word is being composed, whether somebody writes.
  const shell = { asked: "", composing: false, writing: () => document.activeElement === input, leave: () => front.remove() };
  globalThis.speechqaFront = shell;
  watch.observe(document.body, { childList: true, subtree: true });
})();
