/* Where the newest question stands on the page: at its top, from the echo on; tools.stand. */
(() => {
  const tools = globalThis.customElements.get("speech-tools");
  if (tools.stand) return;
  const sizes = new ResizeObserver(room);
  let standing = null;
  tools.stand = stand;

  /** Tell how much of the page's top Streamlit's header covers: what is scrolled to stands below it. */
  function covered() {
    const header = document.querySelector('[data-testid="stHeader"]');
    const shown = header && !/^rgba\(.*, 0\)$|^transparent$/.test(getComputedStyle(header).backgroundColor);
    document.documentElement.style.setProperty("--sq-header", `${shown ? header.getBoundingClientRect().bottom : 0}px`);
  }

  /** Let a question stand at the top, however little stands below it: nothing moves when its answer comes. None: let go. */
  function stand(element) {
    standing = element;
    room();
    element?.scrollIntoView({ block: "start" });
  }

  /** Leave as much room at the page's end as that takes, and no more, however tall the window or an answer becomes. */
  function room() {
    const [main, block, element] = [document.querySelector(".stMain"), document.querySelector(".stMainBlockContainer"), standing];
    if (!main || !block) return;
    const had = parseFloat(block.style.marginBottom) || 0;
    if (!element?.isConnected) return void (block.style.marginBottom = "");
    for (const one of [main, block]) sizes.observe(one);
    covered();
    if (element.localName === "speech-pending") element.style.minHeight = `${main.clientHeight}px`; // whatever goes below it meanwhile
    const top = element.getBoundingClientRect().top - main.getBoundingClientRect().top + main.scrollTop - parseFloat(getComputedStyle(element).scrollMarginTop);
    block.style.marginBottom = `${Math.max(0, top + main.clientHeight - main.scrollHeight + had)}px`;
  }
})();
