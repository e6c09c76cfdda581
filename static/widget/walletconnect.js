/**
 * Reaches a wallet on another device by WalletConnect. Loaded when a shopper asks for it,
 * and offered only where the merchant gave a project id: a relay of somebody else's carries
 * the messages, though it cannot read them. The vendor's own code is not ours to ship: the
 * operator installs it, and without it this says so.
 */

const GLOBAL = "@walletconnect/ethereum-provider";
const PAIR_MS_MAX = 20_000; // from asking the relay to a code

/** An error that has words on the page. @param {string} words */
const fault = (words) => Object.assign(new Error(words), { words });

/**
 * Return a provider that asks a wallet elsewhere.
 * @param {HTMLDialogElement} dialog @param {(words: string) => void} say
 */
export async function connect(dialog, say) {
  const button = /** @type {HTMLElement} */ (dialog.querySelector("#payer-pair"));
  const place = /** @type {HTMLElement} */ (dialog.querySelector("#payer-pairing"));
  const { vendor = "", project = "", code = "" } = button.dataset;
  say("loading");
  // The bundle carries a library that would name a policy of Trusted Types, which our page
  // forbids: out of its sight it names none. What the page enforces stays enforced.
  Object.defineProperty(globalThis, "trustedTypes", { value: undefined, configurable: true });
  await import(vendor).catch(() => {
    throw fault("missing");
  });
  const { EthereumProvider } = /** @type {any} */ (globalThis)[GLOBAL] ?? {};
  if (!EthereumProvider) throw fault("missing");
  /** @type {any} */
  let provider;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(fault("unreachable")), PAIR_MS_MAX);
  });
  const paired = async () => {
    provider = await EthereumProvider.init({
      projectId: project,
      optionalChains: [Number((dialog.dataset.chain ?? "").replace("eip155:", ""))],
      showQrModal: false,
      telemetryEnabled: false,
      metadata: { name: document.title, description: "", url: location.origin, icons: [] },
    });
    provider.on("display_uri", (/** @type {string} */ uri) => {
      clearTimeout(timer);
      draw(place, code, uri);
      say("scan");
    });
    await provider.connect();
  };
  try {
    await Promise.race([paired(), late]);
  } catch (error) {
    throw /** @type {any} */ (error)?.code ? error : fault("unreachable");
  } finally {
    clearTimeout(timer);
    place.hidden = true;
  }
  return provider;
}

/** Show a pairing as a code the server draws, and as links. @param {HTMLElement} place @param {string} code @param {string} uri */
async function draw(place, code, uri) {
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (place.querySelectorAll("[data-pair]"))) {
    link.href = link.dataset.pair ? link.dataset.pair + encodeURIComponent(uri) : uri;
  }
  place.hidden = false;
  const answer = await fetch(code, { method: "POST", body: new URLSearchParams({ uri }) });
  if (!answer.ok) return; // the links are there
  const image = /** @type {HTMLImageElement} */ (place.querySelector("img"));
  image.src = `data:image/svg+xml,${encodeURIComponent(await answer.text())}`;
}
