/**
 * An element of ICPay's name around a component of ours: it hands options in and tells what
 * happens in ICPay's words.
 *
 * The window hears `icpay-sdk-transaction-…` and `icpay-sdk-error`, with the details that
 * `@ic-pay/icpay-sdk` gives them; the element tells `icpay-pay`, `-tip`, `-donation`, `-coffee`,
 * `-unlock` and `-error`, which bubble up to the window. All of it says what to show. Ship goods
 * on the webhook.
 */

import { KINDS, dress, narrowed, options, read, usd } from "./options.js";

/** @typedef {Record<string, any>} Options */

const SECONDS_MAX = 8;

/** By status: what the window is told, and what that says differently.
 * @type {Record<string, [string, Options][]>} */
const SAID = {
  requires_payment: [["updated", { status: "pending" }]],
  processing: [["updated", { status: "processing" }]],
  succeeded: [["completed", { status: "completed" }]],
  mismatched: [
    ["mismatched", { status: "mismatched" }],
    ["updated", { status: "mismatched" }],
  ],
  failed: [["failed", { status: "failed", reason: "failed" }]],
  expired: [["failed", { status: "failed", reason: "expired" }]],
  canceled: [["failed", { status: "failed", reason: "canceled" }]],
};

/** @type {(tag: string, more: Options) => HTMLElement} */
const make = (tag, more) => Object.assign(document.createElement(tag), more);

/** Ask the server; undefined: it did not say.
 * @type {(home: string, path: string, publishableKey?: string) => Promise<any>} */
const ask = async (home, path, publishableKey) => {
  if (!publishableKey) return undefined;
  try {
    const url = `${home}/sdk/public/${path}?${new URLSearchParams({ publishableKey })}`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(SECONDS_MAX * 1000) });
    return answer.ok ? await answer.json() : undefined;
  } catch {
    return undefined;
  }
};

/** @type {Map<string, Promise<any[] | undefined>>} */
const listed = new Map();

/** Return the ledgers of a key, asked for once a page.
 * @type {(home: string, key: string) => Promise<any[] | undefined>} */
const ledgers = async (home, key) => {
  if (!listed.has(key)) listed.set(key, ask(home, "ledgers/all-with-prices", key));
  const found = await listed.get(key);
  if (!found) listed.delete(key);
  return found;
};

/** Return what the events tell of a transaction.
 * @type {(id: string, seen: Options) => Options} */
const transaction = (id, { paymentIntentCode, paymentIntent, payment }) => ({
  transactionId: paymentIntentCode ?? 0,
  paymentIntentId: id,
  amount: paymentIntent?.amount ?? "0",
  recipientCanister: paymentIntent?.ledgerCanisterId ?? "",
  timestamp: new Date(),
  description: paymentIntent?.description ?? undefined,
  metadata: paymentIntent?.metadata,
  requestedAmount: payment?.requestedAmount ?? null,
  paidAmount: payment?.paidAmount ?? null,
  payment: {
    paymentId: payment?.id ?? null,
    paymentIntentId: id,
    status: payment?.status ?? null,
    canisterTxId: payment?.canisterTxId ?? null,
    transactionId: payment?.transactionId ?? null,
    paymentIntent,
    payment,
  },
});

class Shim {
  /** @param {any} host @param {string} home */
  constructor(host, home) {
    this.host = host;
    this.home = home;
    this.kind = host.localName.slice(6);
    this.turn = 0; // only the last drawing is shown
    this.sum = 0; // of what was paid here
    this.told = ""; // the intent whose making was told
    this.news = ""; // how the last one stands
    /** @type {Options} */
    this.config = {};
    /** @type {Options} */
    this.asked = {}; // what the checkout was last opened with
    /** @type {any} */
    this.paid = undefined; // the last payment that was told of
    /** @type {any} */
    this.component = undefined;
    this.queue = Promise.resolve(); // what happens is told in the order it happened
    let given = host.config;
    Object.defineProperty(host, "config", {
      get: () => given,
      set: (config) => {
        given = config;
        this.draw();
      },
    });
    new MutationObserver(() => this.draw()).observe(host, { attributes: true });
    this.draw();
  }

  /** Read the options and put our component in place. */
  async draw() {
    const turn = ++this.turn;
    try {
      const config = read(this.host, this.host.config);
      const left = await narrowed(config, () => ledgers(this.home, config.publishableKey));
      if (turn !== this.turn) return;
      this.config = config;
      const told = options(this.kind, config, left);
      if (!told.publishableKey && !told.paymentIntent && !told.paymentLink) return; // its script is yet to come
      const drawn = config.paymentLink ? this.kind : (KINDS[this.kind]?.drawn ?? this.kind);
      if (this.kind !== drawn) await this.goal(told);
      if (turn === this.turn) this.show(drawn, told);
    } catch (error) {
      this.component?.remove();
      this.component = undefined;
      this.fail(error);
    }
  }

  /** Say what the donations are for, in the words of our own thermometer. @param {Options} told */
  async goal(told) {
    const lang = told.lang || this.host.closest("[lang]")?.lang || "";
    const { default: words } = await import(`${this.home}/widget/v1/words.js?lang=${encodeURIComponent(lang)}`);
    const goal = new Intl.NumberFormat(lang || undefined, { style: "currency", currency: "USD" });
    told.text = words.goal.replace("%(goal)s", () => goal.format(this.config.goalUsd ?? 1000));
    told.label ??= words.donate;
  }

  /** @param {string} drawn @param {Options} told */
  show(drawn, told) {
    const component = (this.component ??= this.make(drawn));
    if (!this.paid) component.replaceChildren(...this.teaser());
    dress(component.style, this.config.theme);
    this.lock();
    component.config = told;
    if (!component.isConnected) this.host.append(component);
  }

  /** Make our component, and listen to it. @param {string} drawn */
  make(drawn) {
    const component = document.createElement(`opentill-${drawn}`);
    /** @type {Record<string, (detail: any) => void>} */
    const hears = {
      open: (asked) => (this.asked = asked),
      ready: ({ paymentIntentId }) => this.created(paymentIntentId),
      status: (last) => this.turned(last),
      unlocked: (given) => this.unlocked(given),
      error: (error) => this.fail(error),
    };
    for (const [name, hear] of Object.entries(hears)) {
      /** @type {(event: any) => void} */
      const queue = ({ detail }) => (this.queue = this.queue.then(() => hear(detail)).catch(reportError));
      component.addEventListener(`opentill-${name}`, queue);
    }
    return component;
  }

  /** Return what anybody may see of what is sold. @returns {HTMLElement[]} */
  teaser() {
    const { title, preview, imageUrl } = this.config;
    if (this.kind === "article-paywall") return [make("h3", { textContent: title }), make("p", { textContent: preview })];
    if (this.kind !== "premium-content" || !imageUrl) return [];
    const image = make("img", { src: imageUrl, alt: "" });
    Object.assign(image.style, { maxWidth: "100%", filter: "blur(12px)" });
    return [image];
  }

  /** Let nobody pay where the site says so, now or after a payment. */
  lock() {
    const { disablePaymentButton, disableAfterSuccess } = this.config;
    const shut = Boolean(disablePaymentButton || (disableAfterSuccess && this.paid));
    this.component.inert = shut;
    this.component.style.opacity = shut ? ".6" : "";
  }

  /** @param {string} name @param {Options} detail */
  shout(name, detail) {
    if (this.config.enableEvents === false) return;
    window.dispatchEvent(new CustomEvent(`icpay-sdk-${name}`, { detail }));
  }

  /** @param {string} name @param {Options} detail */
  tell(name, detail) {
    this.host.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  /** Return what the server says of an intent. @param {string} id @returns {Promise<Options>} */
  async look(id) {
    const path = `payments/intents/${encodeURIComponent(id)}`;
    return (await ask(this.home, path, this.config.publishableKey)) ?? {};
  }

  /** Tell of an intent once, when its checkout is there. @param {string} id */
  async created(id) {
    if (!id || this.told === id) return; // a link's form has none yet
    this.told = id;
    const { paymentIntent } = await this.look(id);
    this.shout("transaction-created", {
      paymentIntentId: id,
      amount: paymentIntent?.amount ?? "0",
      ledgerCanisterId: paymentIntent?.ledgerCanisterId ?? null,
      expectedSenderPrincipal: paymentIntent?.expectedSenderPrincipal ?? null,
      accountCanisterId: paymentIntent?.accountCanisterId ?? null,
    });
  }

  /** Tell that a payment stands otherwise. @param {OpentillMessage} last */
  async turned({ paymentIntentId, status }) {
    const news = `${paymentIntentId} ${status}`;
    if (this.news === news) return; // the checkout was only opened again
    this.news = news;
    const seen = await this.look(paymentIntentId);
    const moved = transaction(paymentIntentId, seen);
    for (const [name, changed] of SAID[status] ?? []) {
      const said = { ...moved, ...changed };
      said.payment.status ??= said.status;
      this.shout(`transaction-${name}`, said);
    }
    if (status === "succeeded") this.succeeded({ ...moved, status: "completed" });
  }

  /** Tell the site's own listeners that it is paid. @param {Options} tx */
  succeeded(tx) {
    const { metadata, amount: asked = tx.payment.paymentIntent?.amountUsd } = this.asked;
    const amount = asked == null ? undefined : Number(asked);
    const item = metadata?.item;
    this.sum = Number(usd(this.sum + (amount ?? 0)));
    this.paid = { amount, tx };
    const { tells = [], adds } = KINDS[this.kind] ?? {};
    const more = adds?.({ amount, item, sum: this.sum });
    /** @type {Options[]} */
    const items = this.config.items ?? [];
    const sold = items.find(({ name }) => name === item);
    for (const name of tells) this.tell(name, { amount, ...more, ...(sold && { item: sold }), tx });
    this.lock();
    const { paymentIntentId, transactionId: id, status, payment } = tx;
    this.config.onSuccess?.({ id, status, paymentIntentId, paymentIntent: payment.paymentIntent, ...more });
  }

  /** Show what was locked, and tell of it with the token that proves it.
   * @param {{ paymentIntentId: string, token: string, expiresAt: string }} given */
  unlocked(given) {
    const { lockedContent: textContent = "", defaultSymbol } = this.config;
    const content = make("div", { textContent });
    content.style.whiteSpace = "pre-line";
    this.component.append(content);
    for (const one of this.component.children) {
      one.slot = "unlocked";
      one.style.filter = "";
    }
    this.tell("icpay-unlock", { ...this.paid, currency: defaultSymbol ?? "USD", ...given });
  }

  /** @param {any} error */
  fail(error) {
    const { code = "api_error", message, detail } = error;
    const told = { code: code.toUpperCase(), message: message || detail || code, details: error };
    this.shout("error", told);
    this.tell("icpay-error", told);
  }
}

const drawn = new WeakSet();

/** Draw an element, once, however often it is moved.
 * @type {(host: any, home: string) => void} */
export const draw = (host, home) => {
  if (drawn.has(host) || !KINDS[host.localName.slice(6)]) return; // our checkout shows its own progress
  drawn.add(host);
  new Shim(host, home);
};
