/* The widget's server: where it is, asked with errors in Chinese. Members of <speech-tools>; `document.currentScript`
 * is only there while the file runs for the first time.
 */
(() => {
  const tools = globalThis.customElements.get("speech-tools");
  if (tools.origin) return;
  const { encode } = tools;
  const SECONDS = 20; // until an answer must have come
  const AWAY = "无法连接问答服务。请检查网络，或稍后再试。";
  const NO_SERVER = '不知道问答服务在哪里：请给 <speech-qa> 加上 server="https://…/"。';
  const address = document.currentScript ? document.currentScript.src : ownAddress();
  const script = document.currentScript || [...document.scripts].find((one) => address && one.src === address);
  const server = address && new URL(".", address).href; // null: only elements that name their server can ask

  /**
   * Where this very file came from, in a module, where no script element is told: the first address of the stack is
   * ours. Never guessed from the page's scripts: another vendor's widget.js would be sent the questions. Null where
   * it cannot be told.
   */
  function ownAddress() {
    const { stack } = new Error("where am I");
    const found = typeof stack === "string" && stack.match(/https?:\/\/[^\s()]+?(?=:\d+(?::\d+)?[\s)]|:\d+(?::\d+)?$)/m);
    return found && new URL(found[0]).pathname.endsWith("/widget.js") ? found[0] : null;
  }

  /** The server of an element that may name one; null where none is known. */
  const find = (named) => (named || server ? new URL(named || "", server || document.baseURI).href.replace(/\/?$/, "/") : null);

  /** The same. Throws where none is known. */
  function serverOf(named) {
    const found = find(named);
    if (!found) throw new Error(NO_SERVER);
    return found;
  }

  /** Fetch JSON; what fails has a message in Chinese. */
  async function request(base, path, body, signal) {
    let response;
    const time = AbortSignal.timeout(SECONDS * 1000);
    try {
      response = await fetch(`${base()}api/v1/${path}`, {
        method: body ? "POST" : "GET",
        headers: body ? { "content-type": "application/json" } : {},
        body: body && encode(body),
        credentials: "omit",
        signal: signal && AbortSignal.any ? AbortSignal.any([signal, time]) : signal || time,
      });
    } catch (error) {
      if (signal?.aborted || error.message === NO_SERVER) throw error;
      throw new Error(time.aborted ? AWAY : await unreachable(base()));
    }
    if (response.status === 204) return null;
    const data = await response.json().catch(() => null);
    if (response.ok && data) return data;
    throw new Error(data?.detail || (response.status >= 500 ? AWAY : `请求没有成功（${response.status}）。`));
  }

  /** Why nothing came: a server that is there, but not for this site, still answers what tells the page nothing. */
  async function unreachable(base) {
    const foreign = new URL(base).origin !== location.origin;
    const there = foreign && (await fetch(`${base}healthz`, { mode: "no-cors", credentials: "omit", signal: AbortSignal.timeout(5000) }).catch(() => null));
    if (!there) return AWAY;
    return `问答服务不认识这个网站（${location.origin}）。请管理员在问答服务的设置 origins 里加上 ${location.origin}，再重新启动。`;
  }

  Object.assign(tools, { origin: { script, server, find, serverOf, request, NO_SERVER } });
})();
