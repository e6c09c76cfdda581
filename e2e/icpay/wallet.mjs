// A wallet as clients see one (EIP-1193), with a key of its own: it signs here and sends to a node.
import { createWalletClient, defineChain, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";

/**
 * @param {{ rpc: string, key: `0x${string}`, refuses?: string[] }} given what it refuses to do
 * is answered as when its owner says no.
 * @param {(method: string) => void} [refused] is told each time it did.
 */
export function wallet({ rpc, key, refuses = [] }, refused = () => {}) {
  const account = privateKeyToAccount(key);

  async function ask(method, params) {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    const headers = { "Content-Type": "application/json" };
    const { result, error } = await (await fetch(rpc, { method: "POST", headers, body })).json();
    if (error) throw Object.assign(new Error(error.message), error);
    return result;
  }

  async function send({ to, data, value = "0x0" }) {
    const id = Number(await ask("eth_chainId", []));
    const nativeCurrency = { name: "Ether", symbol: "ETH", decimals: 18 };
    const rpcUrls = { default: { http: [rpc] } };
    const chain = defineChain({ id, name: "Chain", nativeCurrency, rpcUrls });
    const client = createWalletClient({ account, chain, transport: http(rpc) });
    return client.sendTransaction({ to, data, value: BigInt(value) });
  }

  const does = {
    eth_accounts: () => [account.address],
    eth_requestAccounts: () => [account.address],
    eth_sendTransaction: ([transaction]) => send(transaction),
    eth_signTypedData_v4: ([, typed]) => account.signTypedData(JSON.parse(typed)),
    wallet_switchEthereumChain: () => null,
  };
  return {
    address: account.address,
    async request({ method, params = [] }) {
      if (refuses.includes(method)) {
        refused(method);
        throw Object.assign(new Error("The user said no."), { code: 4001 });
      }
      return does[method] ? does[method](params) : ask(method, params);
    },
  };
}
