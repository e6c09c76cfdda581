/**
 * The playground's script. It asks the server for the code of what is set, turns the preview
 * to it, writes it into the address, and shows what the preview tells and what a server is sent.
 *
 * The page works without it: the form is sent as it is. No text becomes HTML here.
 */

export {}; // a module: its names are its own

const ENTRIES_MAX = 100;
const STREAMS_MAX = 2; // of the six connections a browser may have, the checkout needs some
const TYPING_MS = 250;
const SAID_MS = 2000;

/** @type {(id: string) => any} */
const find = (id) => document.getElementById(id);
const form = find("form");
const frame = find("frame");
const main = /** @type {any} */ (document.querySelector("main"));
const say = find("say");

/** Make an element with a text.
 * @type {(tag: string, text: string) => any} */
const make = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });

/** Copy a text, and say on its button whether it was.
 * @type {(button: any, what: string, text: string) => Promise<void>} */
const copy = async (button, what, text) => {
  const words = (button.dataset.words ??= button.textContent);
  say.textContent = "";
  try {
    await navigator.clipboard.writeText(text);
    say.textContent = `${what}: copied`;
    button.textContent = "Copied";
  } catch {
    say.textContent = `${what}: could not be copied. Select it and copy it by hand.`;
    button.textContent = "Not copied: select it";
  }
  setTimeout(() => (button.textContent = words), SAID_MS);
};

/** Put an entry on top of a log; the oldest leaves. Return what it is called.
 * @type {(log: any, title: string, text: string, whole: string) => any} */
const note = (log, title, text, whole) => {
  const entry = document.createElement("details");
  const body = make("pre", text);
  body.tabIndex = 0;
  body.role = "group";
  body.ariaLabel = title;
  const button = make("button", "Copy");
  button.className = "copy";
  button.type = "button";
  button.onclick = () => copy(button, title, whole);
  const summary = make("summary", `${title} · ${new Date().toLocaleTimeString()}`);
  entry.append(summary, body, button);
  log.prepend(entry);
  while (log.childElementCount > ENTRIES_MAX) log.lastElementChild.remove();
  return summary;
};

/** @type {(text: string) => Uint8Array<ArrayBuffer>} */
const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));

/** Check a webhook as its receiver would, and say what came of it.
 * @type {(headers: any, body: string) => Promise<[string, string]>} */
const check = async (headers, body) => {
  const { subtle } = crypto; // is there over HTTPS and on one's own machine
  if (!subtle) return ["", "not checked: this page did not come over HTTPS"];
  const secret = bytes(main.dataset.secret.replace("whsec_", ""));
  const key = await subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  const said = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  const signature = bytes(headers["webhook-signature"].replace("v1,", ""));
  const good = await subtle.verify("HMAC", key, signature, new TextEncoder().encode(said));
  return good ? ["good", "✓ verified"] : ["bad", "✕ wrongly signed"];
};

/** @type {Map<string, EventSource>} */
const streams = new Map();
/** @type {Map<string, number>} */
const shown = new Map(); // the last version of each intent

/** Show what a server is sent of an intent.
 * @type {(intent: string) => void} */
const follow = (intent) => {
  if (streams.has(intent)) return;
  const [[oldest, old] = []] = streams;
  if (oldest && streams.size >= STREAMS_MAX) {
    old?.close();
    streams.delete(oldest);
  }
  const stream = new EventSource(`/playground/webhooks?${new URLSearchParams({ intent })}`);
  streams.set(intent, stream);
  stream.onmessage = async ({ data }) => {
    const { version, type, headers, body } = JSON.parse(data);
    if (version <= (shown.get(intent) ?? 0)) return;
    shown.set(intent, version);
    const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const lines = [...head, "", JSON.stringify(JSON.parse(body), null, 2)];
    const whole = [...head, "", body].join("\n");
    const summary = note(find("webhook-log"), type, lines.join("\n"), whole);
    const [kind, words] = await check(headers, body);
    summary.append(" · ", Object.assign(make("span", words), { className: kind }));
  };
};

/** @type {(event: any) => void} */
const hear = ({ type, detail }) => {
  const text = JSON.stringify(detail ?? null, null, 2);
  note(find("event-log"), type, text, text);
  if (detail?.paymentIntentId) follow(detail.paymentIntentId);
};

/** @type {WeakSet<Document>} */
const listened = new WeakSet();

/** Listen to the preview's document, once. */
const listen = () => {
  const page = frame.contentDocument;
  if (!page || listened.has(page)) return;
  listened.add(page);
  for (const name of main.dataset.events.split(" ")) page.addEventListener(`opentill-${name}`, hear);
};
frame.addEventListener("load", listen);
listen();

/** @type {AbortController | undefined} */
let asking;

/** Show what is set, everywhere. */
const show = async () => {
  asking?.abort();
  const mine = (asking = new AbortController());
  const said = new URLSearchParams(/** @type {any} */ (new FormData(form)));
  try {
    const answer = await fetch(`/playground/code?${said}`, { signal: mine.signal });
    const told = await answer.json();
    /** @type {{ field: string, message: string }[]} */
    const faults = told.errors ?? [];
    for (const field of form.querySelectorAll("[id^=o-]")) {
      field.ariaInvalid = faults.some((one) => one.field === field.name) ? "true" : null;
    }
    find("fault").textContent = answer.ok
      ? ""
      : faults.map((one) => `${one.field} ${one.message}`).join(". ") || told.detail;
    if (!answer.ok) return;
    for (const { name, text } of told.code) find(name).textContent = text;
    for (const one of document.querySelectorAll("nav a")) {
      one.setAttribute("href", `/playground?${told.links[one.textContent ?? ""]}`);
    }
    history.replaceState(null, "", `/playground?${told.query}`);
    frame.contentWindow.location.replace(`/playground/preview?${told.query}`);
  } catch {
    // The next change asks again, and the button sends the form as it is.
    if (!mine.signal.aborted) find("fault").textContent = "The server does not answer right now.";
  }
};

/** @type {number | undefined} */
let timer;
form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(show, TYPING_MS);
});
form.addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  clearTimeout(timer);
  show();
});
for (const button of document.querySelectorAll("[data-copy]")) {
  const one = /** @type {HTMLButtonElement} */ (button);
  const { copy: name = "", what = "Address" } = one.dataset;
  one.hidden = false;
  one.onclick = () => copy(one, what, name === "address" ? location.href : find(name).textContent);
}
