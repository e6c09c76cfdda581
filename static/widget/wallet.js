/**
 * Pays from a wallet that lives in this browser (EIP-6963, EIP-1193). Loaded when asked for.
 *
 * The server rendered everything that is shown: this file asks the wallet, sends exactly
 * what the quote says, and hands the transaction's id over as a hint. What a wallet says of
 * itself is a stranger's word: its name is text, its picture a bounded data: URI.
 *
 * Money is asked for once. A hash is kept in the page's address until the network shows the
 * payment, so neither a reload nor a second click can ask again.
 */

/** @typedef {{ request(call: { method: string, params?: unknown[] }): Promise<any> }} Provider */
/** @typedef {{ read(method: string, path: string): Promise<HTMLElement | null | undefined>, look(): void, panel: string }} Page */

const LIST_MAX = 20;
const NAME_LENGTH_MAX = 40;
const ICON_LENGTH_MAX = 65_536;
const FALLBACK_MS = 400; // wallets announce themselves at once; the old way is asked last
const LOOKS_MAX = 40;
const LOOK_MS = 1200; // the server takes one a second
const LOOK_MS_MAX = 10_000;
const UNSEEN_LOOKS = 10; // half a minute, and then a way on
const UNSEEN = ["not_found", "waiting"];
const HELD = "#tx=";
const TRANSFER = "0xa9059cbb"; // transfer(address,uint256)

const ADDRESS = /^0x[0-9a-f]{40}$/i;
const HASH = /^0x[0-9a-f]{64}$/i;

/** @type {HTMLDialogElement | null} */
let dialog = null;
/** @type {Page} */
let page;
/** @type {Map<string, Provider>} */
const known = new Map();
let busy = false;
let offers = 0; // of a list of wallets; only the last one's fallback counts
let watched = ""; // the transaction that is being looked for

/** What went wrong, by the name of its words. */
class Trouble extends Error {}

/** @param {string} id @returns {any} */
const part = (id) => dialog?.querySelector(`#payer-${id}`);

/** @param {string} name */
const say = (name) => {
  if (dialog) part("say").textContent = dialog.dataset[name] ?? "";
};

const held = () => {
  const tx = location.hash.startsWith(HELD) ? location.hash.slice(HELD.length) : "";
  return HASH.test(tx) ? tx : "";
};

/** @param {string} tx */
const hold = (tx) => history.replaceState(history.state, "", tx ? HELD + tx : location.pathname + location.search);

/** Show the panel; go on with a payment that was sent already. @param {Page} given */
export async function open(given) {
  page = given;
  if (dialog?.open) return;
  if (!(await draw())) return page.look(); // there is nothing to pay any more
  dialog?.showModal();
  const tx = held();
  if (tx) follow(tx);
  else offer("choose");
}

/** Put the panel as the server draws it now in place. */
async function draw() {
  const next = (await page.read("GET", page.panel))?.querySelector("dialog");
  if (!next) return false;
  const again = dialog?.open;
  dialog?.remove();
  dialog = next;
  document.body.append(next);
  if (again) next.showModal();
  part("close").onclick = () => next.close();
  part("again").onclick = () => {
    hold("");
    watched = "";
    offer("choose");
  };
  const pair = part("pair");
  if (pair) pair.onclick = () => reach(pair);
  return true;
}

/** List the wallets that are here. @param {string} words */
function offer(words) {
  part("again").hidden = true;
  part("list").replaceChildren();
  if (part("pair")) part("pair").hidden = false;
  known.clear();
  say(words);
  const turn = ++offers;
  window.dispatchEvent(new Event("eip6963:requestProvider"));
  setTimeout(() => {
    if (known.size || turn !== offers || !dialog?.open || held()) return;
    const { ethereum } = /** @type {any} */ (window);
    if (ethereum?.request) add("ethereum", ethereum, dialog.dataset.injected ?? "");
    else if (words === "choose" && !busy) say("none"); // busy: it says what it does
  }, FALLBACK_MS);
}

/** @param {any} event */
const announced = ({ detail }) => {
  const { info, provider } = detail ?? {};
  if (typeof provider?.request !== "function" || typeof info?.uuid !== "string") return;
  add(info.uuid, provider, info.name, info.icon);
};
window.addEventListener("eip6963:announceProvider", announced);

/** @param {string} id @param {Provider} provider @param {unknown} name @param {unknown} [icon] */
function add(id, provider, name, icon) {
  if (!dialog?.open || held() || known.has(id) || known.size >= LIST_MAX) return;
  known.set(id, provider);
  const button = document.createElement("button");
  button.type = "button";
  if (typeof icon === "string" && icon.length <= ICON_LENGTH_MAX && icon.startsWith("data:image/")) {
    const image = document.createElement("img");
    image.src = icon;
    image.alt = "";
    image.width = image.height = 24;
    button.append(image);
  }
  const label = document.createElement("bdi");
  label.textContent = String(name || dialog.dataset.injected).slice(0, NAME_LENGTH_MAX);
  button.append(label);
  button.onclick = () => pay(provider);
  const item = document.createElement("li");
  item.append(button);
  part("list").append(item);
}

/** Connect, change the network, send the quote. @param {Provider} provider */
export async function pay(provider) {
  if (busy || held()) return;
  busy = true;
  dialog?.setAttribute("aria-busy", "true");
  try {
    const tx = await send(provider);
    if (tx) {
      hold(tx);
      follow(tx);
    }
  } catch (error) {
    offer(wordsOf(error));
  }
  busy = false;
  dialog?.removeAttribute("aria-busy");
}

/** Return the transaction's id, or nothing where the shopper should look first. @param {Provider} provider */
async function send(provider) {
  /** @param {string} method @param {unknown[]} [params] */
  const ask = (method, params) => provider.request({ method, ...(params && { params }) });
  say("connecting");
  const [from] = (await ask("eth_requestAccounts")) ?? [];
  if (!ADDRESS.test(from)) throw new Trouble("locked");
  await change(ask);
  const shown = facts();
  if (!(await draw())) throw new Trouble("trouble");
  if (facts().join() !== shown.join()) {
    offer("renewed");
    return "";
  }
  say("paying");
  const tx = await ask("eth_sendTransaction", [transaction(from)]);
  if (!HASH.test(tx)) throw new Trouble("trouble");
  return String(tx);
}

const facts = () => {
  const { chain = "", to = "", contract = "", amount = "" } = dialog?.dataset ?? {};
  return [chain, to, contract, amount];
};

/** Write the quote as a transaction: a token's transfer, or the chain's own coin. @param {string} from */
function transaction(from) {
  const [, to, contract, amount] = facts();
  if (!contract) return { from, to, value: hex(amount) };
  const word = (/** @type {string} */ digits) => digits.slice(2).toLowerCase().padStart(64, "0");
  return { from, to: contract, value: "0x0", data: TRANSFER + word(to) + word(hex(amount)) };
}

/** @param {string} number */
const hex = (number) => `0x${BigInt(number).toString(16)}`;

/** Bring the wallet to the quote's network. @param {(method: string, params?: unknown[]) => Promise<any>} ask */
async function change(ask) {
  const chainId = hex((dialog?.dataset.chain ?? "").replace(/^eip155:/, ""));
  const there = async () => BigInt(await ask("eth_chainId")) === BigInt(chainId);
  if (await there()) return;
  const go = () => ask("wallet_switchEthereumChain", [{ chainId }]);
  say("switching");
  try {
    await go();
  } catch (error) {
    if (codeOf(error) !== 4902) throw error;
    const network = JSON.parse(dialog?.dataset.network || "null");
    if (!network) throw new Trouble("unknown");
    say("adding");
    await ask("wallet_addEthereumChain", [network]);
    if (!(await there())) await go();
  }
  if (!(await there())) throw new Trouble("elsewhere");
}

/** @param {any} error */
const codeOf = (error) => error?.data?.originalError?.code ?? error?.code;

/** Name the words for what a wallet threw. @param {any} error */
function wordsOf(error) {
  if (error instanceof Trouble) return error.message;
  const code = codeOf(error);
  if (code === 4001 || code === 5000) return "rejected";
  if (code === -32002) return "pending";
  if (code === 4100) return "locked";
  if (code === 4901 || code === 4902) return "elsewhere";
  if (/insufficient|exceeds (the )?balance/i.test(`${error?.message} ${error?.data?.message}`)) return "funds";
  return "trouble";
}

/** Name a sent transaction to the server until the network shows it. @param {string} tx */
async function follow(tx) {
  say("sent");
  part("list").replaceChildren();
  part("again").hidden = true;
  if (part("pair")) part("pair").hidden = true;
  if (watched === tx) return; // closed and opened again
  watched = tx;
  const body = JSON.stringify({ chain: dialog?.dataset.chain, tx });
  const headers = { "Content-Type": "application/json" };
  for (let looks = 0; looks < LOOKS_MAX && watched === tx; looks++) {
    await new Promise((done) => setTimeout(done, Math.min(LOOK_MS * 1.2 ** looks, LOOK_MS_MAX)));
    if (looks === UNSEEN_LOOKS) {
      say("unseen");
      part("again").hidden = false;
    }
    try {
      const answer = await fetch(dialog?.dataset.hint ?? "", { method: "POST", headers, body });
      if (!answer.ok) continue;
      const { verdict } = await answer.json();
      if (UNSEEN.includes(verdict)) continue;
      hold("");
      watched = "";
      if (verdict === "failed") return offer("failed");
      dialog?.close();
      return page.look();
    } catch {
      // The next look brings it.
    }
  }
  watched = "";
}

/** Load what reaches a wallet elsewhere. @param {HTMLElement} button */
async function reach(button) {
  if (busy || !dialog) return;
  busy = true;
  try {
    const { connect } = await import(button.dataset.connect ?? "");
    const provider = await connect(dialog, say);
    busy = false;
    await pay(provider);
  } catch (error) {
    const words = /** @type {any} */ (error)?.words;
    offer(words ?? wordsOf(error));
  }
  busy = false;
}
