/* The widget and its host page: which scheme the page shows, an accent that stays readable. Members of <speech-tools>. */
(() => {
  const tools = globalThis.customElements.get("speech-tools");
  if (tools.followHost) return;
  const READABLE = 4.5; // contrast of text (WCAG 2.2 AA)
  const dark = globalThis.matchMedia("(prefers-color-scheme: dark)");

  /** [red, green, blue] of a colour that the browser knows, null where it is none or seen through. */
  function channels(colour) {
    const probe = document.createElement("i");
    probe.style.color = colour;
    if (!probe.style.color) return null;
    const pen = (channels.pen ??= document.createElement("canvas").getContext("2d"));
    pen.fillStyle = colour; // the canvas gives it back as #rrggbb or rgba(…)
    const found = pen.fillStyle.startsWith("#") ? pen.fillStyle.match(/[0-9a-f]{2}/g).map((pair) => parseInt(pair, 16)) : pen.fillStyle.match(/[\d.]+/g).map(Number);
    return (found[3] ?? 1) > 0.5 ? found.slice(0, 3) : null;
  }

  function luminance(rgb) {
    const [red, green, blue] = rgb.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function contrast(one, other) {
    const [light, deep] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (deep + 0.05);
  }

  /** The accent as near to what was wanted as stays readable on a page of that scheme; null where it is no colour. */
  function accent(wanted, scheme) {
    const given = wanted && channels(wanted);
    if (!given) return null;
    const page = scheme === "dark" ? [31, 36, 43] : [244, 245, 247]; // --sq-soft, the harder of the two grounds
    const aim = scheme === "dark" ? 255 : 0;
    for (let part = 0; part <= 1; part += 0.05) {
      const mixed = given.map((value) => Math.round(value + (aim - value) * part));
      if (contrast(mixed, page) >= READABLE) return `rgb(${mixed.join(",")})`;
    }
    return null;
  }

  /** The scheme that the host page shows: by its ground, else by what it says of itself, else the system's. */
  function schemeOfHost() {
    for (const element of [document.body, document.documentElement]) {
      const ground = element && channels(getComputedStyle(element).backgroundColor);
      if (ground) return luminance(ground) < 0.2 ? "dark" : "light";
    }
    const said = getComputedStyle(document.documentElement).colorScheme;
    if (/dark/.test(said) && (!/light/.test(said) || dark.matches)) return "dark";
    return "light"; // a page that says nothing is white
  }

  /** Give an element the scheme of the host page, or the one that it names; its accent as near as stays readable. */
  function dress(element) {
    const theme = element.getAttribute("theme");
    const system = dark.matches ? "dark" : "light";
    const scheme = ["light", "dark"].includes(theme) ? theme : theme === "system" ? system : schemeOfHost();
    element.dataset.scheme = scheme;
    const colour = accent(element.getAttribute("accent"), scheme);
    for (const name of ["--sq-link", "--sq-accent"]) {
      if (colour) element.style.setProperty(name, colour);
      else if (element.dressed) element.style.removeProperty(name);
    }
    element.dressed = Boolean(colour);
  }

  /** Call `changed` now and whenever the page's look may have; returns what stops that. */
  function followHost(changed) {
    let waiting = 0;
    const later = () => {
      clearTimeout(waiting);
      waiting = setTimeout(changed, 50);
    };
    const attributes = { attributes: true, attributeFilter: ["class", "style", "data-theme", "data-bs-theme", "theme"] };
    let body = null;
    const follow = () => {
      if (document.body && document.body !== body) watch.observe((body = document.body), attributes); // the page may swap it
    };
    const watch = new MutationObserver(() => {
      follow();
      later();
    });
    watch.observe(document.documentElement, { ...attributes, childList: true });
    follow();
    dark.addEventListener("change", later);
    changed();
    return () => {
      watch.disconnect();
      dark.removeEventListener("change", later);
      clearTimeout(waiting);
    };
  }

  Object.assign(tools, { dress, followHost });
})();
