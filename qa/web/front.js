/* The front page until the chat is there: a question that is written now is asked as soon as it can be. */
(() => {
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
    if (!question) return;
    const address = new URL(location.href);
    address.searchParams.set("q", question);
    history.replaceState(history.state, "", address); // Streamlit reads it when it begins
    keep("");
    input.disabled = true;
    document.getElementById("speechqa-wait").textContent = "问题已记下，打开后马上回答……";
  });
  const there = () => document.querySelector('.stApp [data-testid="stChatInputTextArea"], .stApp [role="alert"], .stApp .stException');
  const watch = new MutationObserver(() => {
    if (!there()) return;
    watch.disconnect();
    front.remove();
  });
  watch.observe(document.body, { childList: true, subtree: true });
})();
