/**
 * Opentill's loader: opens the checkout over any page.
 *
 *   <script async src="https://till.example/widget/v1/loader.js"></script>
 *   <opentill-pay-button payment-link="aB3dE6gH9j"><a href="…/pay/aB3dE6gH9j">Pay</a></opentill-pay-button>
 *
 * The checkout is an iframe in a native dialog, in a shadow root with a style of its own:
 * the page around it is neither styled nor read. The frame alone follows the payment and
 * posts each change up to us, so a site needs no key and no connect-src to hear of it.
 * A message tells the page what to show. Ship goods on the webhook.
 *
 * If the frame does not report itself in time (a policy forbids it, say), a link to the
 * same checkout stands in its place. Nobody is sent anywhere, unless the site says
 * `redirect: true`: then a checkout that a person's click opened, and whose frame has
 * finished loading and is still mute, goes to the top-level page by itself.
 *
 * The components are fetched when the first of their elements is met. Until then, and
 * where scripts do not run at all, the link inside an element does its work.
 */
(() => {
  if (window.Opentill) return; // loaded twice: the first one stays

  /** @type {any} */
  const script = document.currentScript;
  const SRC = script.dataset.loader || script.src; // a file of several says where this one is
  const HOME = new URL(SRC).origin;
  const STATUS = "requires_payment processing succeeded mismatched failed expired canceled";
  const MAY = `forms popups popups-to-escape-sandbox same-origin scripts
top-navigation-by-user-activation top-navigation-to-custom-protocols`;
  const SHOWN = "lang theme amount quantity ledgers chains chainTypes".split(" ");
  const NAMES = `button pay-button amount-input tip-jar coffee-shop premium-content article-paywall
donation-thermometer progress-bar`;
  const STYLE = `dialog{width:min(424px,100%);height:min(var(--h,640px),100% - 32px);max-width:none;
max-height:none;padding:0;border:0;border-radius:20px;overflow:hidden}
dialog::backdrop{background:#0008}
iframe{width:100%;height:100%;border:0}
button,a{position:absolute;inset:6px 6px auto auto;padding:10px 16px;border:0;background:0;color:#767676;font:inherit}
a{inset:40% 0 auto;text-align:center}
:dir(rtl)>button{inset:6px auto auto 6px}
@media(max-width:480px){dialog{height:100%;border-radius:0}}`;

  const bus = new EventTarget(); // a listener that fails does not stop the next
  /** @type {OpentillOn} */
  const on = (name, listener) => {
    /** @type {(event: any) => void} */
    const hear = ({ detail }) => listener(detail);
    bus.addEventListener(name, hear);
    return () => bus.removeEventListener(name, hear);
  };
  /** @type {(words: string) => string[]} */
  const split = (words) => words.split(/\s/);
  /** @type {(tag: string, more?: object) => any} */
  const make = (tag, more) => Object.assign(document.createElement(tag), more);

  /** @type {(() => void) | undefined} */
  let shut; // takes down what is open
  const close = () => shut?.();

  /** @type {Promise<any> | undefined} */
  let parts; // all that is fetched only when it is needed: components, and making intents
  const load = () => (parts ||= import(`${new URL("components.js", SRC)}`));

  /**
   * Return the checkout's path. An intent is made only where none is named: of a link
   * whose amount the page knows, or of no link at all.
   * @type {(options: any) => Promise<string>}
   */
  const find = async (options) => {
    const intent = encodeURIComponent(options.paymentIntent || options.paymentIntentId || "");
    const link = encodeURIComponent(options.paymentLink || "");
    const page = `/pay/${link}`;
    if (intent) return link ? `${page}?paymentIntentId=${intent}` : `/i/${intent}`;
    return link && !options.amount && !options.quantity ? page : (await load()).ask(HOME, options);
  };

  /**
   * Open the checkout. The promise is kept when it closes, with the last message if one
   * came; it is broken when no payment intent could be made. What happens is told to
   * `on` and, as bubbling events, to the element that asked for it.
   * @type {OpentillOpen}
   */
  const open = (given = {}, from = document) =>
    new Promise((done, fail) => {
      close();
      /** @type {(name: string, detail?: any) => void} */
      const tell = (name, detail) => {
        bus.dispatchEvent(new CustomEvent(name, { detail }));
        from.dispatchEvent(new CustomEvent(`opentill-${name}`, { detail, bubbles: true, composed: true }));
      };
      tell("open", given);
      const byHand = navigator.userActivation?.isActive;
      /** @type {any} */
      const options = { ledgers: given.tokenShortcodes, chains: given.chainShortcodes, ...given };
      const { title = "Checkout", timeout = 3000 } = options;
      const host = make("div");
      const root = host.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE); // welcome under a style-src without unsafe-inline
      root.adoptedStyleSheets = [sheet];
      const dialog = make("dialog", { ariaLabel: title, onclose: close });
      const frame = make("iframe", { title, allow: "clipboard-write" });
      const link = make("a", { textContent: options.linkText || "Continue to checkout" });
      frame.sandbox = MAY.replace(/\S+/g, "allow-$&");
      dialog.append(make("button", { textContent: "✕", ariaLabel: options.closeText || "Close", onclick: close }));
      root.append(dialog);
      document.body.append(host);
      dialog.showModal();

      let known = "requires_payment";
      /** @type {OpentillMessage | undefined} */
      let last;
      /** @type {number | undefined} */
      let timer;
      /** @type {(event: MessageEvent) => void} */
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
        if (status === known || !split(STATUS).includes(status)) return;
        known = status;
        last = { invoiceId, paymentIntentId, status, version };
        tell("status", last);
        tell(status, last);
      };
      addEventListener("message", hear);

      const mine = (shut = () => {
        shut = undefined;
        clearTimeout(timer);
        removeEventListener("message", hear);
        tell("leave");
        dialog.onclose = null; // it comes later, when another one may be open
        dialog.close(); // gives the focus back to where it was
        host.remove();
        tell("close", last);
        done(last);
      });

      find(options)
        .then((path) => {
          if (shut !== mine) return;
          const url = new URL(path, HOME);
          for (const name of SHOWN) {
            if (options[name]) url.searchParams.set(name, options[name]);
          }
          link.href = url;
          url.searchParams.set("view", "modal");
          url.searchParams.set("origin", location.origin);
          frame.src = url;
          /** @type {boolean} */
          let loaded;
          frame.onload = () => (loaded = true);
          dialog.prepend(link, frame);
          timer = setTimeout(() => {
            tell("error", { code: "ready_timeout" });
            frame.hidden = true; // the link lies under it
            if (loaded && byHand && options.redirect) location.assign(link.href);
          }, timeout);
        })
        .catch((error) => {
          fail(error);
          if (shut === mine) close();
          tell("error", error);
        });
    });

  /** @type {OpentillCreate} */
  const create = (name, config) => {
    const element = make(`opentill-${name}`, { config });
    /** @type {OpentillMade} */
    const made = {
      element,
      mount: (where) => {
        const place = typeof where === "string" ? document.querySelector(where) : where;
        place?.append(element);
        return made;
      },
      unmount: () => element.remove(),
    };
    return made;
  };

  window.Opentill = {
    open,
    close,
    create,
    on,
    onModalWillEnter: on.bind(null, "open"),
    onModalWillLeave: on.bind(null, "leave"),
    onModalReceiveMessage: on.bind(null, "status"),
  };

  for (const name of split(NAMES)) {
    customElements.define(
      `opentill-${name}`,
      class extends HTMLElement {
        connectedCallback() {
          load().then(({ draw }) => draw(this, HOME));
        }
      },
    );
  }
})();
