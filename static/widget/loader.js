/**
 * Opentill's loader: opens the checkout over any page.
 *
 *   <script async src="https://till.example/widget/v1/loader.js"></script>
 *   <opentill-button payment-link="aB3dE6gH9j"><a href="…/pay/aB3dE6gH9j">Pay</a></opentill-button>
 *
 * The checkout is an iframe in a native dialog, in a shadow root with a style of its own:
 * the page around it is neither styled nor read. The frame alone follows the payment and
 * posts each change up to us, so a site needs no key and no connect-src to hear of it.
 * A message tells the page what to show. Ship goods on the webhook.
 *
 * If the frame does not report itself in time (a policy forbids it, say), a link to the
 * same checkout stands in its place. If it has even finished loading and is still mute, it
 * never will speak: then a checkout that a person's click opened goes to the top-level page
 * by itself, unless `redirect: false`. Without a click nobody is sent anywhere.
 */
(() => {
  if (window.Opentill) return; // loaded twice: the first one stays

  const HOME = new URL(document.currentScript.src).origin;
  const STATUS = "requires_payment processing succeeded mismatched failed expired canceled".split(" ");
  const MAY = `forms popups popups-to-escape-sandbox same-origin scripts
top-navigation-by-user-activation top-navigation-to-custom-protocols`;
  const TAKEN = "currency description order_id metadata ledgers customer_email success_url cancel_url";
  const STYLE = `dialog{width:min(424px,100%);height:min(var(--h,640px),100% - 32px);max-width:none;
max-height:none;padding:0;border:0;border-radius:20px;overflow:hidden}
dialog::backdrop{background:#0008}
iframe{width:100%;height:100%;border:0}
button,a{position:absolute;inset:6px 6px auto auto;padding:10px 16px;border:0;background:0;color:#767676;font:inherit}
a{inset:40% 0 auto;text-align:center}
@media(max-width:480px){dialog{height:100%;border-radius:0}}`;

  const bus = new EventTarget(); // a listener that fails does not stop the next
  const tell = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));
  const on = (name, listener) => {
    const hear = ({ detail }) => listener(detail);
    bus.addEventListener(name, hear);
    return () => bus.removeEventListener(name, hear);
  };
  const camel = (name) => name.replace(/[-_]./g, ([, letter]) => letter.toUpperCase());
  const make = (tag, more) => Object.assign(document.createElement(tag), more);

  let shut; // takes down what is open
  const close = () => shut?.();

  /** Return the checkout's path; make an intent only where neither it nor a link is named. */
  const find = async ({ paymentLink, paymentIntentId = "", paymentIntent, ...options }) => {
    const intent = encodeURIComponent(paymentIntent || paymentIntentId);
    if (paymentLink) {
      return `/pay/${encodeURIComponent(paymentLink)}${intent && `?paymentIntentId=${intent}`}`;
    }
    if (intent) return `/i/${intent}`;
    const body = { amount: `${options.amount}` };
    for (const name of TAKEN.split(" ")) body[name] = options[camel(name)];
    const answer = await fetch(`${HOME}/v1/payment_intents`, {
      method: "POST",
      headers: { Authorization: `Bearer ${options.publishableKey}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const made = await answer.json();
    if (!answer.ok) throw Object.assign(Error(made.detail), made);
    return `/i/${made.id}`;
  };

  /**
   * Open the checkout. The promise is kept when it closes, with the last message if one
   * came; it is broken when no payment intent could be made.
   */
  const open = (options = {}) =>
    new Promise((done, fail) => {
      close();
      tell("open", options);
      const byHand = navigator.userActivation?.isActive;
      const { title = "Checkout", timeout = 3000, redirect = true, locale } = options;
      const host = make("div");
      const root = host.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE); // welcome under a style-src without unsafe-inline
      root.adoptedStyleSheets = [sheet];
      const dialog = make("dialog", { ariaLabel: title, onclose: close });
      const frame = make("iframe", { title, allow: "clipboard-write; payment" });
      const link = make("a", { textContent: "Continue to checkout" });
      frame.sandbox = MAY.replace(/\S+/g, "allow-$&");
      dialog.append(make("button", { textContent: "✕", ariaLabel: "Close", onclick: close }));
      root.append(dialog);
      document.body.append(host);
      dialog.showModal();

      let known = "requires_payment";
      let last, timer;
      const hear = ({ origin, source, data }) => {
        if (origin !== HOME || source !== frame.contentWindow || data?.v !== 1) return;
        const { t, invoiceId, paymentIntentId, status, version, height } = data;
        if (t === "close") close();
        if (t === "resize" && Number.isFinite(height)) dialog.style.setProperty("--h", `${height}px`);
        if (t !== "ready" && t !== "status") return;
        clearTimeout(timer);
        frame.hidden = false;
        link.hidden = true;
        if (t === "ready") tell(t, { paymentIntentId });
        if (status === known || !STATUS.includes(status)) return;
        known = status;
        last = { invoiceId, paymentIntentId, status, version };
        tell("status", last);
        tell(status, last);
      };
      addEventListener("message", hear);

      const mine = (shut = () => {
        shut = null;
        clearTimeout(timer);
        removeEventListener("message", hear);
        tell("leave");
        dialog.close(); // gives the focus back to where it was
        host.remove();
        tell("close", last);
        done(last);
      });

      find(options)
        .then((path) => {
          if (shut !== mine) return;
          const url = new URL(path, HOME);
          link.href = url;
          url.searchParams.set("view", "modal");
          url.searchParams.set("origin", location.origin);
          if (locale) url.searchParams.set("locale", locale);
          frame.src = url;
          let loaded;
          frame.onload = () => (loaded = true);
          dialog.prepend(link, frame);
          timer = setTimeout(() => {
            tell("error", { code: "ready_timeout" });
            frame.hidden = true; // the link lies under it
            if (loaded && byHand && redirect) location.assign(link.href);
          }, timeout);
        })
        .catch((error) => {
          fail(error);
          if (shut === mine) close();
          tell("error", error);
        });
    });

  window.Opentill = {
    open,
    close,
    on,
    onModalWillEnter: on.bind(null, "open"),
    onModalWillLeave: on.bind(null, "leave"),
    onModalReceiveMessage: on.bind(null, "status"),
  };

  /** A button that opens what its attributes say. The link inside it works without scripts. */
  class OpentillButton extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      // The loader may come before what is inside was read.
      if (document.readyState === "loading") {
        return document.addEventListener("DOMContentLoaded", () => this.connectedCallback());
      }
      const textContent = this.getAttribute("label") || this.textContent;
      const button = make("button", { type: "button", part: "button", textContent, onclick: () => this.open() });
      this.attachShadow({ mode: "open" }).append(button);
    }

    /** The intent made for a first click serves the next ones for as long as it is open. */
    open() {
      const options = { paymentIntent: this.intent };
      for (const { name, value } of this.attributes) {
        options[camel(name)] ||= value;
      }
      const off = on("ready", ({ paymentIntentId }) => (this.intent = paymentIntentId));
      open(options)
        .then((last) => /ed$/.test(last?.status ?? "") && (this.intent = 0)) // succeeded, expired: over
        .catch(() => {}) // "error" has told it
        .finally(off);
    }
  }
  customElements.define("opentill-button", OpentillButton);
})();
