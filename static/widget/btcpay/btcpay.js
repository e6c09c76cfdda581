/**
 * BTCPay's modal, spoken by this house: the nine members its integrations call, and its
 * messages. A page that loaded the other server's changes the address and nothing else.
 *
 *   <script src="https://till.example/modal/btcpay.js"></script>
 *   <script>btcpay.onModalReceiveMessage(({ data }) => …); btcpay.showInvoice("pi_…");</script>
 *
 * The frame says when it is there ("loaded"), when the shopper wants out ("close"), and each
 * change of the invoice ({ invoiceId, status }). Only that very window at exactly its own
 * origin is believed; a listener gets the event itself, after we did what it asks.
 */
(() => {
  // An element of that id would be found by this name too.
  if (window.btcpay?.showInvoice) {
    return console.warn("btcpay.js is here already: this second one does nothing.");
  }

  const FILE = /^(.*)\/modal\/btcpay\.js(?:[?#].*)?$/; // sites put their own version behind it
  const MAY_OPEN = /^bitcoin:/i;
  const NOTHING = () => {};

  /** @type {any[]} */
  const scripts = [document.currentScript, ...document.scripts];
  let prefix = scripts.map((one) => one?.src?.match(FILE)).find(Boolean)?.[1] ?? "";

  const frame = document.createElement("iframe");
  frame.name = "btcpay";
  frame.className = "btcpay";
  frame.title = "Checkout";
  frame.allow = "clipboard-read; clipboard-write";
  frame.referrerPolicy = "origin"; // tells the checkout whom it may tell
  const look = "none;position:fixed;top:0;left:0;width:100%;height:100%;border:0;z-index:2000";
  frame.style.cssText = `display:${look}`;

  let showing = false;
  let home = ""; // the origin of what is shown
  /** @type {any} */
  let before; // what had the focus
  /** @type {AbortController | undefined} */
  let scan;
  /** @type {() => void} */
  let entering = NOTHING;
  /** @type {() => void} */
  let leaving = NOTHING;
  /** @type {(event: MessageEvent) => void} */
  let receiving = NOTHING;

  const append = () => frame.isConnected || document.body.append(frame);

  const showFrame = () => {
    append();
    entering();
    before ??= document.activeElement;
    frame.style.display = "block";
    frame.focus();
  };

  const hideFrame = () => {
    leaving();
    scan?.abort();
    showing = false;
    frame.style.display = "none";
    frame.remove();
    frame.removeAttribute("src");
    before?.focus();
    before = undefined;
  };

  /** @type {Btcpay["showInvoice"]} */
  const showInvoice = (id, params) => {
    const given = typeof params === "string" ? { paymentMethodId: params } : (params ?? {});
    const [invoice, method] = [id, given.paymentMethodId ?? ""].map(encodeURIComponent);
    const path = method ? `/i/${invoice}/${method}?` : `/invoice?id=${invoice}&`;
    const still = given.animateEntrance === false ? "&animateEntrance=false" : "";
    const url = new URL(`${prefix}${path}view=modal${still}`, location.href);
    home = url.origin;
    showing = true;
    frame.src = url.href; // before it is there, so that "back" does not stop at an empty frame
    append();
  };

  /** @param {object} data */
  const tell = (data) => frame.contentWindow?.postMessage(data, home);

  /** Read a card held to the device, where the browser can. */
  const read = async () => {
    scan?.abort();
    const { signal } = (scan = new AbortController());
    const fault = () => signal.aborted || tell({ action: "nfc:error" });
    try {
      const reader = new (/** @type {any} */ (window).NDEFReader)();
      await reader.scan({ signal });
      reader.onreadingerror = fault;
      reader.onreading = (/** @type {any} */ { message }) => {
        const data = new TextDecoder().decode(message.records[0]?.data);
        if (!signal.aborted) tell({ action: "nfc:data", data });
      };
    } catch {
      fault();
    }
  };

  addEventListener("message", (event) => {
    const { data, origin, source } = event;
    if (!showing || origin !== home || source !== frame.contentWindow) return;
    if (data === "loaded") frame.style.display === "none" && showFrame();
    else if (data === "close") hideFrame();
    else if (data === "nfc:startScan") read();
    else if (data === "nfc:abort") scan?.abort();
    else if (MAY_OPEN.test(data?.open)) location.href = data.open;
    receiving(event);
  });

  document.addEventListener("submit", ({ target }) => {
    if (target instanceof Element && target.closest("[data-btcpay-button]")) showFrame();
  });

  window.btcpay = {
    showInvoice,
    appendInvoiceFrame: showInvoice,
    appendAndShowInvoiceFrame: (id, params) => {
      showInvoice(id, params);
      showFrame();
    },
    showFrame,
    hideFrame,
    onModalWillEnter: (listener) => void (entering = listener),
    onModalWillLeave: (listener) => void (leaving = listener),
    onModalReceiveMessage: (listener) => void (receiving = listener),
    setApiUrlPrefix: (url) => void (prefix = url.replace(/\/+$/, "")),
  };
})();
