/**
 * Inside a frame that BTCPay's script opened, ours or another copy of it: what happens on
 * the page is told in that script's words. It listens to no message, as the page does not.
 *
 * Words that carry nothing go to whoever frames us; an invoice's status goes to that site
 * alone whose origin is known, from the server or from the browser.
 */

/** As `app/compat/modal/translate.py` has it; a test holds the two together. */
/** @type {Record<string, string>} */
const STATUS = {
  requires_payment: "New",
  processing: "Processing",
  succeeded: "Settled",
  mismatched: "Expired",
  "mismatched overpaid": "Processing",
  expired: "Expired",
  failed: "Invalid",
  canceled: "Invalid",
};

/** @type {(stand: any) => string | undefined} */
const word = ({ status, exception }) => STATUS[`${status} ${exception}`] ?? STATUS[status];

const above = location.ancestorOrigins?.[0] ?? document.body.dataset.parent;
const site = above === "null" ? undefined : above;
/** @type {(data: unknown, to?: string) => void} */
const tell = (data, to = site) => to && window.parent.postMessage(data, to);

/** @type {any} */
const main = document.querySelector("main");
let known = word(main.dataset);

if (window.parent !== window) {
  document.addEventListener("till", (/** @type {any} */ { detail }) => {
    if (detail.t === "close") tell("close", "*");
    if (detail.t !== "status") return;
    const status = word(detail);
    if (status === known) return;
    known = status;
    tell({ invoiceId: detail.invoiceId, status });
  });
  document.addEventListener("click", (event) => {
    /** @type {any} */
    const { target } = event;
    const link = site && target.closest('a[href^="bitcoin:" i]');
    if (!link) return;
    event.preventDefault();
    tell({ open: link.href });
  });
  /** @type {any} */
  const leave = document.getElementById("leave");
  leave.hidden = false;
  leave.onclick = () => tell("close", "*");
  tell("loaded", "*");
}

export {}; // its names are its own
