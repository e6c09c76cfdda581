// The official x402 client for fetch, as its own readme uses it: GET or POST a paid resource.
// node fetch.mjs URL KEY NETWORK [METHOD BODY]  →  one line of JSON
import { decodePaymentResponseHeader, wrapFetchWithPaymentFromConfig } from "@x402/fetch";
import { ExactEvmScheme } from "@x402/evm";
import { privateKeyToAccount } from "viem/accounts";

const [url, key, network, method = "GET", body] = process.argv.slice(2);
const seen = [];
const counted = async (input, init) => {
  const answer = await fetch(input, init);
  seen.push(answer.status);
  return answer;
};
const paid = wrapFetchWithPaymentFromConfig(counted, {
  schemes: [{ network, client: new ExactEvmScheme(privateKeyToAccount(key)) }],
  spendControls: { maxAmountPerPayment: "$100" },
});
try {
  const answer = await paid(url, { method, body, headers: { accept: "application/json" } });
  const receipt = answer.headers.get("payment-response");
  const told = receipt === null ? null : decodePaymentResponseHeader(receipt);
  console.log(JSON.stringify({ seen, status: answer.status, told, body: await answer.json() }));
} catch (error) {
  console.log(JSON.stringify({ seen, error: String(error) }));
}
