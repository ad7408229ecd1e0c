/* The chat's one component. Streamlit sends this text with every instance, so it is short: the code itself comes once
 * a page, from the address in the data of the instance that shows the document, and the others wait for it.
 */
const loaded = (globalThis.speechqaLoaded ??= withResolvers());
const TRIES = 4; // to get the code, each after twice as long; then the reader is told

function withResolvers() {
  const made = {};
  made.promise = new Promise((resolve) => (made.resolve = resolve));
  return made;
}

function load(address, place, tried = 0) {
  globalThis.speechqaLoading = true;
  const url = new URL(address, document.baseURI);
  if (tried) url.searchParams.set("again", tried); // a browser may remember that it failed
  import(url.href).then(loaded.resolve, () => {
    if (tried + 1 < TRIES) return void setTimeout(() => load(address, place, tried + 1), 500 * 2 ** tried);
    globalThis.speechqaLoading = false;
    const told = document.createElement("p");
    told.setAttribute("role", "alert");
    told.textContent = "网页的脚本没有取到，回答显示不出来。请检查网络，再刷新页面；已有的对话不会丢。";
    place.replaceChildren(told);
  });
}

export default function (component) {
  const { data } = component;
  if (!data) return;
  if (globalThis.speechqaDraw) return void globalThis.speechqaDraw(component);
  if (data.script && !globalThis.speechqaLoading) load(data.script, component.parentElement);
  loaded.promise.then(() => globalThis.speechqaDraw(component));
}
