/* The chat's one component. Streamlit sends this text with every instance, so it is short: the code itself comes once
 * a page, from the address in the data of the instance that shows the document, and the others wait for it.
 */
const loaded = (globalThis.speechqaLoaded ??= Promise.withResolvers?.() ?? withResolvers());

function withResolvers() {
  const made = {};
  made.promise = new Promise((resolve) => (made.resolve = resolve));
  return made;
}

export default function (component) {
  const { data } = component;
  if (!data) return;
  if (data.script && !globalThis.speechqaDraw) {
    import(new URL(data.script, document.baseURI).href).then(loaded.resolve);
  }
  if (globalThis.speechqaDraw) globalThis.speechqaDraw(component);
  else loaded.promise.then(() => globalThis.speechqaDraw(component));
}
