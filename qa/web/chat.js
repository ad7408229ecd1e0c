/* What an instance of the chat's component shows, by `data.view`: it holds <speech-answer> and its companions and
 * hands what a person does to Python. Stands behind all other files.
 */
const page = globalThis.speechqaPage;
const { focusOn, outline } = globalThis.customElements.get("speech-tools");

/** Find this instance's element of that name, or make it. */
function hold(root, tag) {
  const found = root.querySelector(tag);
  if (found) return found;
  const made = document.createElement(tag);
  root.append(made);
  return made;
}

/**
 * Give the input the focus where nothing else has it, as soon as it stands: on a slow machine Streamlit draws it
 * late, and draws it anew. Given up after 10 s, and when the reader touches the page.
 */
function focusInput(every) {
  let left = 10_000 / every;
  let kept = 0;
  const stop = () => (left = 0);
  for (const event of ["pointerdown", "keydown"]) addEventListener(event, stop, { once: true, capture: true });
  const timer = setInterval(() => {
    const input = document.querySelector('[data-testid="stChatInputTextArea"]');
    const now = document.activeElement;
    const free = now === document.body;
    kept = input && now === input ? kept + 1 : 0;
    if (left-- <= 0 || kept > 5 || !(free || kept)) clearInterval(timer);
    else if (free) input?.focus({ preventScroll: true });
  }, every);
}

/** Light up an answer's places in map, outline and reader. */
function light(places) {
  page.map?.light(places);
  page.outline?.light(places);
  if (page.reader) page.reader.places = places;
}

/** Listen once to what the elements tell each other. */
function listen() {
  if (page.heard) return;
  page.heard = true;
  document.addEventListener("speechqa:open", (event) => {
    const place = event.detail;
    if (page.reader?.holds(place)) page.reader.open(place);
    else page.act({ type: "open", ...place });
  });
  document.addEventListener("speechqa:places", (event) => light(event.detail.places));
  document.addEventListener("speechqa:showing", (event) => page.answers.forEach((answer) => answer.now(event.detail.place)));
  document.addEventListener("speechqa:left", (event) => [...page.answers].reverse().some((answer) => answer.isConnected && focusOn(answer, event.detail.place)));
  document.addEventListener("speechqa:at", (event) => page.outline?.at(event.detail));
  document.addEventListener("speechqa:about", (event) => page.fill(`“${[...event.detail.text].slice(0, 60).join("")}”`));
  document.addEventListener("speechqa:drawn", (event) => {
    const drawn = event.composedPath()[0];
    if (event.detail.last) light(drawn.places);
    if (!event.detail.new) return void (page.pending?.isConnected && page.stand(page.pending)); // one above it has shrunk
    page.live.textContent = drawn.summary;
    const first = drawn.places.length && outline(drawn.places, drawn.answer.total != null)[0].items[0].point; // [1]
    const place = first && { document: first.document.id, start: first.start, end: first.end };
    page.pending?.remove();
    page.stand(drawn);
    requestAnimationFrame(() => {
      page.stand(drawn); // once what stands below it is drawn
      setTimeout(() => drawn.isConnected && page.panes.matches && place && page.reader?.holds(place) && page.reader.open(place)); // the answer is seen first
    });
  });
}

const ECHOED = ["ask", "edit", "literal", "again"]; // what is answered anew

const VIEWS = {
  answer(root, data, act) {
    const element = hold(root, "speech-answer");
    page.answers.forEach((one) => one.isConnected || page.answers.delete(one));
    page.answers.add(element);
    if (!element.heard) {
      element.heard = true;
      for (const type of [...ECHOED, "narrow", "feedback"]) {
        element.addEventListener(`speechqa:${type}`, (event) => {
          event.stopPropagation();
          if (type === "ask") page.echo(event.detail.question);
          else if (ECHOED.includes(type)) page.live.textContent = "正在查找原文……";
          element.act({ type, turn: element.turn, ...event.detail });
        });
      }
    }
    Object.assign(element, { act, turn: data.turn });
    const key = JSON.stringify([data.answer, data.options]);
    if (data.last) page.last = element;
    if (element.drawn === key) return;
    const fresh = element.shown !== data.answer.id || element.drawn === undefined;
    element.drawn = key;
    element.shown = data.answer.id;
    element.options = data.options;
    element.answer = data.answer;
    element.dispatchEvent(
      new CustomEvent("speechqa:drawn", { detail: { turn: data.turn, last: data.last, new: data.new && fresh }, bubbles: true, composed: true }),
    );
  },

  document(root, data, act) {
    listen();
    const map = hold(root, "speech-map");
    if (page.conversation && !data.conversation && !data.open) page.reader?.rest();
    Object.assign(page, { map, act, conversation: data.conversation, limit: data.limit });
    if (page.turned !== data.turned) {
      page.wanted = null; // Python has turned to it, or could not
      page.stand(null);
    }
    page.turned = data.turned;
    page.reader ??= document.body.appendChild(document.createElement("speech-reader"));
    if (data.reader) Object.assign(page, { cells: data.map, text: data.reader });
    if (page.text?.document !== data.document) return act({ type: "need" }); // what Python believes to be here is not
    map.data = page.cells;
    page.reader.data = page.text;
    map.hidden = !data.cells || data.embedded;
    if (data.lit) light(data.lit);
    else if (page.last?.isConnected) light(page.last.places); // it may have been drawn before us
    if (data.open && page.opened !== data.open.key && page.reader.holds(data.open)) {
      page.opened = data.open.key;
      requestAnimationFrame(() => page.reader.open(data.open));
    }
    if (!page.drafted) {
      page.drafted = true;
      page.draft();
    }
    if (data.focus && !page.focused && globalThis.matchMedia("(pointer: fine)").matches) {
      page.focused = true;
      focusInput(100);
    }
  },

  doors(root, data, act) {
    const doors = hold(root, "speech-doors");
    if (!doors.act) {
      doors.addEventListener("speechqa:ask", (event) => {
        page.echo(event.detail.question);
        doors.act({ type: "ask", ...event.detail });
      });
    }
    doors.act = act;
    doors.data = data;
    page.doors = doors;
    page.stand(null);
  },

  files(root, data, act) {
    const files = hold(root, "speech-files");
    page.files = files;
    files.style.userSelect = "none"; // whoever copies the whole page wants the answers
    Object.assign(files, { act, data });
  },

  history(root, data, act) {
    const list = hold(root, "speech-history");
    const chosen = (detail) => (act(detail), detail.type === "resume" && page.uncover());
    Object.assign(list, { act: chosen, data });
  },

  outline(root, data) {
    page.outline = hold(root, "speech-outline");
    if (data.outline) page.sections = data.outline;
    if (page.sections?.document === data.document) page.outline.data = page.sections;
  },
};

globalThis.speechqaDraw = ({ data, parentElement, setTriggerValue }) =>
  VIEWS[data.view](parentElement, data, (detail) => setTriggerValue("act", { ...detail, at: Date.now() }));
