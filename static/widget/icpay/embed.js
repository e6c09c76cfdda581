/**
 * ICPay's embed script, kept by Opentill: a site that had theirs changes the host and no more.
 *
 *   <script src="https://till.example/v1.2.156/embed.min.js"></script>
 *   <script>ICPay.create("pay-button", { publishableKey, amountUsd }).mount("#el")</script>
 *
 * Elements named `icpay-…` stand around components of ours. What translates between them is
 * fetched when the first one is met. The loader lies behind this in the same file, so a site
 * loads one script, as before.
 */
(() => {
  if (window.ICPay) return; // loaded twice: the first one stays

  /** @type {any} */
  const script = document.currentScript;
  const HOME = new URL(script.src).origin;
  script.dataset.loader = `${HOME}/widget/v1/loader.js`; // where the loader's own parts are
  const NAMES = `pay-button amount-input tip-jar coffee-shop premium-content article-paywall
donation-thermometer progress-bar`.split(/\s/);

  /** @type {ICPayCreate} */
  const create = (name, config) => {
    const kind = name.replace(/^icpay-/, "");
    if (!NAMES.includes(kind)) throw Error(`There is no ICPay widget ${name}; there are: ${NAMES.join(", ")}.`);
    const element = Object.assign(document.createElement(`icpay-${kind}`), { config });
    /** @type {ICPayMade} */
    const made = {
      element,
      mount: (where) => {
        const put = () => {
          const place = typeof where === "string" ? document.querySelector(where) : where;
          place?.append(element);
          return place;
        };
        // A script in the head may name what is still to be read.
        if (!put() && document.readyState === "loading") document.addEventListener("DOMContentLoaded", put);
        return made;
      },
      unmount: () => element.remove(),
    };
    return made;
  };

  window.ICPay = { create };

  for (const kind of NAMES) {
    const name = `icpay-${kind}`;
    if (customElements.get(name)) continue; // the site brings ICPay's own
    customElements.define(
      name,
      class extends HTMLElement {
        async connectedCallback() {
          (await import(`${HOME}/widget/icpay/shim.js`)).draw(this, HOME);
        }
      },
    );
  }
})();
