/**
 * The pay page comes whole from the server and works without this file. What this file
 * adds: the page turns by itself, things copy with one touch, and inside a modal the
 * embedding site hears of each change.
 *
 * The server renders every state. Here nothing is rendered: on an event newer than what
 * is shown, the main part is fetched again and put in place of the old one. It is read
 * by XMLHttpRequest as a document, so no text ever becomes HTML here and the policy can
 * forbid that altogether.
 */

const EVENTS = [
  ...["created", "updated", "requires_payment", "processing", "succeeded"],
  ...["mismatched", "failed", "expired", "canceled"],
].map((name) => `payment_intent.${name}`);
EVENTS.push(...["seen", "confirmed", "late", "reversed", "unmatched"].map((name) => `payment.${name}`));

const FINAL = ["succeeded", "canceled"];
const POLL_SECONDS = 3;
const RETRY_SECONDS = 0.5;
const RETRY_SECONDS_MAX = 15;
const SPOKEN_SECONDS = [300, 60];
const ONWARD_SECONDS = 5;

/** @type {any} */
const words = document.body.dataset;
/** @type {any} */
const say = document.getElementById("say");
const inside = window.parent !== window;
const home = inside ? words.origin : null; // whom we tell, exactly
/** @type {any} */
let main = document.querySelector("main");
/** @type {any} */
let at = main.dataset; // where the payment stands, as last shown; a refusal leaves it be
let heard = +at.version; // the newest version an event brought
let told = at.status; // the status our parent knows
/** @type {any} */
let source = null;
let timer = 0;
let retrySeconds = RETRY_SECONDS;
let ends = 0;
let fresh = 0;
let leaving = 0;

/**
 * Tell the embedding site. Only ids and a status leave this page, and only to that origin.
 * Nothing comes in: this page listens to no message, so none can be forged.
 * Where another's script opened us, what that one hears is its own frame script's to say.
 * @type {(t: string, detail?: object, exception?: string) => void}
 */
const post = (t, detail, exception) => {
  if (home) window.parent.postMessage({ v: 1, t, ...detail }, home);
  else document.dispatchEvent(new CustomEvent("till", { detail: { t, exception, ...detail } }));
};

/** @typedef {{ status: string, exception?: string }} Stand */

/** @type {(t: string, stand: Stand, version: number) => void} */
const standing = (t, { status, exception }, version) => {
  const { id } = at;
  post(t, { invoiceId: id, paymentIntentId: id, status, version }, exception);
};

/** @type {(stand: Stand, version: number) => void} */
const announce = (stand, version) => {
  if (stand.status === told) return;
  told = stand.status;
  standing("status", stand, version);
};

/** @type {(text: string) => void} */
const speak = (text) => {
  say.textContent = text;
};

/** @type {(method: string, path: string | URL, body?: any, mark?: string) => Promise<any>} */
const read = (method, path, body, mark) =>
  new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open(method, path);
    if (mark) request.setRequestHeader("If-None-Match", `"${mark}"`); // then nothing new is no page
    request.responseType = "document";
    request.overrideMimeType("text/html"); // an answer of nothing would be read as broken XML
    request.timeout = 15_000;
    request.onload = () => done(request.response?.querySelector("main"));
    request.onerror = request.ontimeout = fail;
    request.send(body);
  });

/** Put a newer main part in place; keep the focus, and tell by voice what changed.
 * @param {any} next */
function show(next) {
  if (!next || +next.dataset.version < +at.version) return;
  const focused = main.contains(document.activeElement) ? document.activeElement?.id : null;
  const turned = next.dataset.screen !== main.dataset.screen;
  main.replaceWith(next);
  main = next;
  if (main.dataset.id) at = main.dataset;
  dress();
  if (turned) speak(main.dataset.say ?? main.innerText);
  if (focused !== null) {
    const kept = !turned && focused && document.getElementById(focused);
    (kept || main.querySelector("h1"))?.focus({ preventScroll: true });
  }
  // A stream tells the parent of each change in turn, also of what it missed.
  if (+at.version <= heard || (source && source.readyState !== 2)) return;
  heard = +at.version;
  announce(at, heard);
}

/** Give the served page what only a script can do. */
function dress() {
  for (const button of main.querySelectorAll("[data-copy]")) button.hidden = false;
  for (const button of main.querySelectorAll("[data-close]")) button.hidden = !home && !(inside && "foreign" in words);
  for (const button of main.querySelectorAll("[data-connect]")) {
    button.hidden = false;
    if (location.hash.startsWith("#tx=")) button.textContent = button.dataset.sent;
  }
  const { onward } = main.dataset;
  // Out of a frame only after a touch: without one browsers refuse, and the site hears it anyway.
  if (onward && !leaving && (!inside || navigator.userActivation?.hasBeenActive)) {
    leaving = setTimeout(() => open(onward, "_top"), ONWARD_SECONDS * 1000);
  }
  const now = performance.now();
  ends = main.dataset.seconds ? now + main.dataset.seconds * 1000 : 0;
  fresh = main.dataset.fresh ? now + main.dataset.fresh * 1000 : 0;
  tick();
}

let looking = false;
let again = false;

/** Fetch the page's main part; a call during a fetch means one more after it.
 * @param {string} [mark] */
async function look(mark) {
  again = looking;
  if (looking || !at.fragment) return;
  looking = true;
  try {
    show(await read("GET", at.fragment, null, mark));
  } catch {
    // The stream or the next look brings it.
  }
  looking = false;
  if (again) look();
}

/** @param {any} event */
function hear(event) {
  if (event.type !== "progress") {
    const version = +event.lastEventId;
    if (!(version > heard)) return;
    heard = version;
    announce(JSON.parse(event.data), version);
    if (FINAL.includes(told)) hush();
  }
  look();
}

function hush() {
  source?.close();
  source = null;
  clearTimeout(timer);
}

function listen() {
  hush();
  if (!at.events || FINAL.includes(at.status)) return;
  if (!window.EventSource) {
    timer = setTimeout(() => look(main.dataset.mark).then(listen), POLL_SECONDS * 1000);
    return;
  }
  source = new EventSource(`${at.events}?after=${heard}`);
  for (const type of [...EVENTS, "progress"]) source.addEventListener(type, hear);
  source.onopen = () => {
    retrySeconds = RETRY_SECONDS;
  };
  source.onerror = () => {
    if (source?.readyState !== 2) return; // it tries again by itself
    // Refused or over: see where things stand, and come back ever more slowly.
    timer = setTimeout(() => look().then(listen), retrySeconds * 1000 * (0.75 + Math.random() / 2));
    retrySeconds = Math.min(retrySeconds * 2, RETRY_SECONDS_MAX);
  };
}

/** Count down by our own clock from what the server said: the visitor's may be wrong. */
function tick() {
  if (!ends) return;
  const now = performance.now();
  const left = Math.max(0, Math.round((ends - now) / 1000));
  const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  for (const place of main.querySelectorAll("[data-left]")) {
    place.title ||= place.textContent;
    place.textContent = words.within.replace("{n}", text);
  }
  if (SPOKEN_SECONDS.includes(left)) {
    speak(left > 60 ? words.minutes.replace("{n}", left / 60) : words.minute);
  }
  if (now >= fresh) {
    fresh = now + POLL_SECONDS * 1000; // until the server has a new price, or calls it over
    look();
  }
}

/** @param {any} button */
async function copy(button) {
  const text = button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without a secure context there is no clipboard but the old one.
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    button.focus();
    if (!copied) return speak(words.failed);
  }
  speak(words.copied);
  const label = button.textContent;
  button.textContent = words.copied;
  setTimeout(() => (button.textContent = label), 1500);
}

/** Load the code of a browser's own wallet: nobody pays for it who does not ask for it.
 * @param {any} asked */
async function connect({ connect, panel }) {
  try {
    const { open } = await import(connect);
    await open({ read, look, panel });
  } catch {
    speak(words.failed);
  }
  dress();
}

document.addEventListener("click", (event) => {
  /** @type {any} */
  const { target } = event;
  const button = target.closest("[data-copy], [data-close], button[data-panel]");
  if (!button) return;
  if ("copy" in button.dataset) copy(button);
  else if ("panel" in button.dataset) connect(button.dataset);
  else post("close");
});

document.addEventListener("submit", async (event) => {
  /** @type {any} */
  const form = event.target;
  if (!("live" in form.dataset)) return;
  event.preventDefault();
  if (form.ariaBusy) return;
  form.ariaBusy = "true";
  try {
    /** @type {any} */
    const filled = new FormData(form, event.submitter);
    const body = new URLSearchParams(filled);
    const path = new URL(form.getAttribute("action"), location.href);
    path.searchParams.set("part", "main");
    show(await read("POST", path, body));
  } catch {
    speak(words.failed);
  }
  form.ariaBusy = null;
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented) post("close");
});

/**
 * After sleep nothing we know can be trusted: not the stream, which may be dead without a
 * word, and not the clock, which some systems stop. So both are fetched anew, by no mark.
 */
const wake = () => {
  if (document.hidden) return;
  look();
  listen();
};
window.addEventListener("pagehide", hush); // lets the browser keep the page for "back"
window.addEventListener("pageshow", (event) => event.persisted && wake());
document.addEventListener("visibilitychange", wake);
window.addEventListener("online", wake);

if (home) {
  new ResizeObserver(() => post("resize", { height: document.body.scrollHeight })).observe(document.body);
}
setInterval(tick, 1000);
dress();
if (location.hash === "#wallet") main.querySelector("[data-panel]")?.click(); // sent on by a modal
listen();
// "Back" may show an old copy, with an old price and an old clock.
/** @type {any[]} */
const [visit] = performance.getEntriesByType("navigation");
if (visit?.type === "back_forward") look();
standing("ready", at, heard);
