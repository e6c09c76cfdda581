/**
 * Opentill's loader: opens the checkout over any page.
 *
 *   <script async src="https://till.example/widget/v1/loader.js"></script>
 *   <opentill-button payment-link="aB3dE6gH9j">Pay</opentill-button>
 *
 * The checkout is an iframe in a native dialog, in a shadow root with a style of its own:
 * the page around it is neither styled nor read. The frame alone follows the payment and
 * posts each change up to us, so a site needs no key, no CORS and no connect-src for it.
 * A message tells the page what to show. Ship goods on the webhook.
 *
 * If the frame does not report itself in time (a site's policy forbids it, say), a link to
 * the same checkout is shown in its place. If the frame has finished loading and is still
 * mute, it never will speak: then a checkout opened by a click goes to the top-level page
 * by itself, unless `redirect: false`. Without a click nobody is sent anywhere.
 */
(() => {
  if (window.Opentill) return; // loaded twice: the first one stays

  const HOME = new URL(document.currentScript.src).origin;
  const STATUS = /^(requires_payment|processing|succeeded|mismatched|failed|expired|canceled)$/;
  const STYLE = `dialog{position:fixed;inset:0;margin:auto;padding:0;border:0;border-radius:20px;
overflow:hidden;width:min(424px,100%);height:min(var(--h,640px),100% - 32px);max-width:none;
max-height:none;color-scheme:light dark;background:Canvas;color:CanvasText;font:16px/1.5 system-ui}
dialog::backdrop{background:#0008}
@media(max-width:480px){dialog{height:100%;border-radius:0}}
iframe{width:100%;height:100%;border:0;color-scheme:light dark}
button{position:absolute;top:6px;inset-inline-end:6px;width:44px;height:44px;border:0;
border-radius:50%;background:none;color:inherit;font:24px/1 system-ui;cursor:pointer}
p{position:absolute;inset:40% 24px auto;margin:0;text-align:center}`;

  const listeners = {};
  const on = (name, listener) => {
    (listeners[name] ??= new Set()).add(listener);
    return () => listeners[name].delete(listener);
  };
  const tell = (name, detail) => {
    for (const listener of listeners[name] || []) {
      try {
        listener(detail);
      } catch (error) {
        reportError(error); // a listener that fails must not stop the next
      }
    }
  };

  let modal = null;

  /** Return the checkout's path, and the intent where one is named or has to be made. */
  const find = async (options) => {
    const intent = options.paymentIntent || options.paymentIntentId;
    if (options.paymentLink) {
      const path = `/pay/${encodeURIComponent(options.paymentLink)}`;
      return intent ? `${path}?paymentIntentId=${encodeURIComponent(intent)}` : path;
    }
    if (intent) return `/i/${encodeURIComponent(intent)}`;
    const answer = await fetch(`${HOME}/v1/payment_intents`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${options.publishableKey}`,
        "Content-Type": "application/json",
      },
      body: JSON.stringify({
        amount: String(options.amount),
        currency: options.currency,
        description: options.description,
        order_id: options.orderId,
        metadata: options.metadata,
        ledgers: options.ledgers,
        customer_email: options.customerEmail,
        success_url: options.successUrl,
        cancel_url: options.cancelUrl,
      }),
    });
    const made = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(made.detail || made.title), made);
    return `/i/${encodeURIComponent(made.id)}`;
  };

  /**
   * Open the checkout. The promise is kept when it closes, with the last message or null;
   * it is broken when no payment intent could be made.
   */
  const open = (options = {}) => {
    close();
    const byHand = navigator.userActivation?.isActive;
    tell("enter");
    const host = document.createElement("div");
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    const make = (tag, more) => Object.assign(document.createElement(tag), more);
    const dialog = make("dialog", { ariaLabel: options.title || "Checkout" });
    const note = make("p", { textContent: "…" });
    const button = make("button", { type: "button", textContent: "×", ariaLabel: "Close", onclick: close });
    const frame = make("iframe", {
      title: options.title || "Checkout",
      allow: "clipboard-write; payment; web-share",
      referrerPolicy: "no-referrer",
      hidden: true,
    });
    frame.setAttribute(
      "sandbox",
      "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox " +
        "allow-top-navigation-by-user-activation allow-top-navigation-to-custom-protocols",
    );
    dialog.addEventListener("close", close);
    dialog.append(note, frame, button);
    root.append(dialog);
    document.body.append(host);
    dialog.showModal();
    const mine = (modal = { host, dialog, frame, note, status: "requires_payment", last: null });
    tell("open", options);
    return new Promise((done, fail) => {
      mine.done = done;
      find(options).then((path) => {
        if (modal !== mine) return;
        const url = new URL(path, HOME);
        const top = url.href;
        url.searchParams.set("view", "modal");
        url.searchParams.set("origin", location.origin);
        if (options.locale) url.searchParams.set("locale", options.locale);
        frame.onload = () => {
          mine.loaded = true;
          frame.contentWindow.postMessage({ v: 1, t: "hello" }, HOME);
        };
        frame.hidden = false;
        frame.src = url;
        mine.timer = setTimeout(() => {
          tell("error", { code: "ready_timeout", url: top });
          if (mine.loaded && byHand && options.redirect !== false) return location.assign(top);
          frame.hidden = true;
          note.replaceChildren(make("a", { href: top, textContent: options.fallback || "Continue to checkout" }));
        }, options.timeout ?? 3000);
      }).catch((error) => {
        if (modal === mine) close();
        tell("error", error);
        fail(error);
      });
    });
  };

  /** Take the checkout down. Calling it twice is fine. */
  const close = () => {
    if (!modal) return;
    const { host, dialog, done, last, timer } = modal;
    modal = null;
    clearTimeout(timer);
    tell("leave");
    dialog.close(); // gives the focus back to where it was
    host.remove();
    tell("close", last);
    done?.(last);
  };

  addEventListener("message", ({ origin, source, data }) => {
    if (!modal || origin !== HOME || source !== modal.frame.contentWindow || data?.v !== 1) return;
    const { t, invoiceId, paymentIntentId, status, height, version } = data;
    if (t === "close") close();
    if (t === "resize" && height > 0) modal.dialog.style.setProperty("--h", `${Math.min(height, 4000)}px`);
    if ((t !== "ready" && t !== "status") || !modal) return;
    clearTimeout(modal.timer);
    modal.note.hidden = true;
    modal.frame.hidden = false;
    if (t === "ready") tell("ready", { paymentIntentId });
    if (!/^pi_\w+$/.test(paymentIntentId) || !STATUS.test(status) || status === modal.status) return;
    modal.status = status;
    modal.last = { invoiceId, paymentIntentId, status, version };
    tell("message", { invoiceId, paymentIntentId, status });
    tell("status", modal.last);
    tell(status, modal.last);
  });

  const named = (name) => (listener) => on(name, listener);
  window.Opentill = {
    open,
    close,
    on,
    onModalWillEnter: named("enter"),
    onModalWillLeave: named("leave"),
    onModalReceiveMessage: named("message"),
  };

  /** A button. The link inside it works where scripts do not. */
  class OpentillButton extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      const button = document.createElement("button");
      button.type = "button";
      button.part = "button";
      button.append(this.getAttribute("label") || document.createElement("slot"));
      button.onclick = () => this.open();
      this.attachShadow({ mode: "open", delegatesFocus: true }).append(button);
    }

    /** Open what the attributes say. The intent made for a first click serves the next ones. */
    open() {
      const options = { paymentIntent: this.intent };
      for (const { name, value } of this.attributes) {
        options[name.replace(/-(.)/g, (_, letter) => letter.toUpperCase())] ||= value;
      }
      const off = on("ready", ({ paymentIntentId }) => (this.intent = paymentIntentId));
      open(options)
        .then((last) => /^(succeeded|canceled)$/.test(last?.status) && (this.intent = null))
        .catch(() => {}) // "error" has told it
        .finally(off);
    }
  }
  customElements.get("opentill-button") || customElements.define("opentill-button", OpentillButton);
})();
