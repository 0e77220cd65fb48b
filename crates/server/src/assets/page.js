// @ts-check
// Comfort on top of pages that work without: search as one types, and keys.

document.documentElement.classList.add("scripted");

/** Puts hits in while one types. */
function searchAsOneTypes() {
  const form = document.getElementById("filters");
  const results = document.getElementById("results");
  if (!(form instanceof HTMLFormElement) || !results) return;
  let last = "";

  async function ask() {
    const parameters = new URLSearchParams();
    for (const [name, value] of new FormData(/** @type {HTMLFormElement} */ (form))) {
      if (typeof value === "string" && value !== "") parameters.set(name, value);
    }
    const query = parameters.toString();
    if (query === last || !results) return;
    last = query;
    const began = performance.now();
    results.classList.add("waiting");
    try {
      const answer = await fetch(`/search/results?${query}`);
      results.innerHTML = await answer.text();
      results.dataset.milliseconds = String(performance.now() - began);
      history.replaceState(null, "", `/search?${query}`);
    } catch {
      results.textContent = "The server does not answer. Is it still running?";
      last = "";
    } finally {
      results.classList.remove("waiting");
    }
  }

  let isAsking = false;
  let hasChanged = false;

  /** Asks at once; while there is no answer yet, once more afterwards, however many keys there were. */
  async function askOneAtATime() {
    hasChanged = true;
    if (isAsking) return;
    isAsking = true;
    while (hasChanged) {
      hasChanged = false;
      await ask();
    }
    isAsking = false;
  }

  form.addEventListener("input", askOneAtATime);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    askOneAtATime();
  });
  // One field is enough where both would say the same.
  document.querySelector(".find")?.classList.add("unseen");
}

/** Leads a form that only chooses to its address at once. */
function submitChoices() {
  for (const choice of document.querySelectorAll("select[data-submits]")) {
    choice.addEventListener("change", () => {
      if (choice instanceof HTMLSelectElement) choice.form?.requestSubmit();
    });
  }
}

/**
 * Whether an element takes letters itself.
 * @param {EventTarget | null} target
 */
function takesLetters(target) {
  return target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;
}

/** The field of the question that can be seen. */
function queryField() {
  const field = document.querySelector("[data-query]") ?? document.getElementById("q");
  return field instanceof HTMLInputElement ? field : undefined;
}

/**
 * Moves among the hits.
 * @param {number} by
 */
function move(by) {
  const hits = [...document.querySelectorAll("a[data-hit]")];
  const chosen = hits.findIndex((hit) => hit === document.activeElement);
  const next = hits[chosen < 0 ? (by > 0 ? 0 : -1) : chosen + by];
  if (next instanceof HTMLElement) {
    next.focus();
    next.closest(".hit")?.scrollIntoView({ block: "nearest" });
  } else if (by < 0) {
    queryField()?.focus();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const field = queryField();
  if (event.key === "/" && !takesLetters(event.target)) {
    event.preventDefault();
    field?.focus();
    field?.select();
  } else if (event.key === "Escape" && event.target === field) {
    field?.blur();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const isInHits = event.target instanceof HTMLElement && event.target.matches("a[data-hit]");
    if (event.target === field || isInHits) {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    }
  } else if (event.key === "Enter" && event.target === field) {
    const first = document.querySelector("a[data-hit]");
    const isAnswered = new URL(location.href).searchParams.get("q") === field?.value;
    if (isAnswered && first instanceof HTMLAnchorElement && document.getElementById("results")?.contains(first)) {
      event.preventDefault();
      first.click();
    }
  }
});

searchAsOneTypes();
submitChoices();

/** Keeps what is said to be live as the server tells it. */
function watchRuns() {
  for (const place of document.querySelectorAll("[data-live]")) {
    if (!(place instanceof HTMLElement)) continue;
    const events = new EventSource(place.dataset.live ?? "");
    events.onmessage = (event) => {
      place.innerHTML = event.data;
      place.dataset.events = String(Number(place.dataset.events ?? 0) + 1);
    };
  }
}

/** Lets a map be made larger and smaller, and shows what hangs together with what one points at. */
function mapControls() {
  const map = document.querySelector("svg[data-map]");
  const pane = document.querySelector(".pan");
  if (!(map instanceof SVGSVGElement) || !(pane instanceof HTMLElement)) return;
  const { width, height } = map.viewBox.baseVal;
  let scale = 1;

  /** @param {number} to */
  function zoom(to) {
    scale = Math.min(4, Math.max(0.1, to));
    map?.setAttribute("width", String(width * scale));
    map?.setAttribute("height", String(height * scale));
  }
  const fit = () => zoom(Math.min(1, (/** @type {HTMLElement} */ (pane).clientWidth - 4) / width));
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => {
      const way = button.getAttribute("data-zoom");
      if (way === "fit") fit();
      else zoom(scale * (way === "in" ? 1.3 : 1 / 1.3));
    });
  }
  pane.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoom(scale * (event.deltaY < 0 ? 1.1 : 1 / 1.1));
  }, { passive: false });
  // As large as can be read; the rest is scrolled to.
  if (width * 0.55 < pane.clientWidth) fit();

  const nodes = [...map.querySelectorAll("[data-node]")];
  const arrows = [...map.querySelectorAll("[data-source]")];

  /** @param {Element | null} chosen */
  function choose(chosen) {
    map?.classList.toggle("chosen", chosen !== null);
    for (const one of [...nodes, ...arrows]) one.classList.remove("near");
    const number = chosen?.getAttribute("data-node");
    if (!chosen || !number) return;
    chosen.classList.add("near");
    for (const arrow of arrows) {
      const [source, target] = [arrow.getAttribute("data-source"), arrow.getAttribute("data-target")];
      if (source !== number && target !== number) continue;
      arrow.classList.add("near");
      nodes[Number(source)]?.classList.add("near");
      nodes[Number(target)]?.classList.add("near");
    }
  }
  for (const node of nodes) {
    node.addEventListener("mouseenter", () => choose(node));
    node.addEventListener("focus", () => choose(node));
    node.addEventListener("mouseleave", () => choose(null));
    node.addEventListener("blur", () => choose(null));
  }
}

watchRuns();
mapControls();
