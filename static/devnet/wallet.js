/**
 * A wallet for the devnet: EIP-1193 over a local anvil whose accounts are unlocked.
 *
 * It announces itself as wallets do (EIP-6963) and stands at `window.ethereum`. When a
 * checkout on this page shows a prompt on the devnet, it rises over it and asks, as a
 * wallet would that had just scanned the code. It holds no key and is worth nothing:
 * the demo serves it beside a chain that lives in this machine's memory.
 */
(() => {
  const { rpc, home, account, chain } = document.currentScript.dataset;
  const LOOK_MS = 700;
  let calls = 0;

  const call = async (method, params = []) => {
    const answer = await fetch(rpc, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: ++calls, method, params }),
    });
    const { result, error } = await answer.json();
    if (error) throw Object.assign(new Error(error.message), { code: error.code });
    return result;
  };

  const provider = {
    request({ method, params }) {
      if (method === "eth_requestAccounts" || method === "eth_accounts") return Promise.resolve([account]);
      return call(method, params);
    },
    on() {},
    removeListener() {},
  };
  window.ethereum ??= provider;
  const detail = Object.freeze({
    info: Object.freeze({
      uuid: crypto.randomUUID(),
      name: "Devnet wallet",
      icon: "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E",
      rdns: "dev.opentill.wallet",
    }),
    provider,
  });
  const announce = () => window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
  window.addEventListener("eip6963:requestProvider", announce);
  announce();

  /** Turn an EIP-681 link into a transaction: a token transfer, or the chain's own coin. */
  const transaction = (uri) => {
    const [, target, , path, query] = /^ethereum:(0x\w+)@(\d+)(\/transfer)?\?(.*)$/.exec(uri);
    const said = new URLSearchParams(query);
    const word = (hex) => hex.padStart(64, "0");
    if (!path) return { from: account, to: target, value: `0x${BigInt(said.get("value")).toString(16)}` };
    const to = word(said.get("address").slice(2).toLowerCase());
    const data = `0xa9059cbb${to}${word(BigInt(said.get("uint256")).toString(16))}`;
    return { from: account, to: target, data };
  };

  const ask = ({ amount, symbol, prompt }) =>
    new Promise((answer) => {
      const dialog = document.createElement("dialog");
      dialog.id = "devnet-wallet";
      const words = document.createElement("p");
      words.textContent = `Devnet wallet: send ${amount} ${symbol} to ${prompt.to.slice(0, 10)}…?`;
      const button = (text, value) => {
        const made = document.createElement("button");
        made.type = "button";
        made.textContent = text;
        made.onclick = () => {
          dialog.close();
          dialog.remove();
          answer(value);
        };
        return made;
      };
      dialog.append(words, button("Confirm", true), button("Not now", false));
      document.body.append(dialog);
      dialog.showModal(); // above the checkout's own dialog, as a wallet stands above a page
    });

  let watching = 0;
  const offered = new Set();

  /** Look at an intent until it shows a prompt on the devnet, and offer to pay it once. */
  const watch = async (intent) => {
    const mine = ++watching;
    while (mine === watching) {
      const view = await fetch(`${home}/v1/payment_intents/${intent}`).then((answer) => answer.json());
      if (view.status !== "requires_payment") return;
      const quote = view.quotes.find((one) => one.ledger === view.ledger && one.chain === chain && one.prompt);
      if (quote && !offered.has(quote.prompt.uri)) {
        offered.add(quote.prompt.uri);
        if (await ask(quote)) {
          await provider.request({ method: "eth_sendTransaction", params: [transaction(quote.prompt.uri)] });
        }
      }
      await new Promise((done) => setTimeout(done, LOOK_MS));
    }
  };

  customElements.whenDefined("opentill-button").then(() => {
    Opentill.on("ready", ({ paymentIntentId }) => paymentIntentId && watch(paymentIntentId).catch(reportError));
    Opentill.onModalWillLeave(() => watching++);
  });
})();
