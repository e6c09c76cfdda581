// ICPay's SDK, driven from outside: a line of JSON is a call, and another its answer.
//
//   {"id": 1, "config": {…}, "wallet": {"rpc", "key", "refuses"}, "call": "protected.listPayments",
//    "with": […]}
//   {"id": 1, "result": …, "error": {…}, "asked": [["GET", "/sdk/payments", 200]], "told": [["icpay-…", …]]}
//   {"id": 1, "refused": "eth_signTypedData_v4"}    before the answer, as soon as a wallet refused
//
// Calls run beside each other, each with a client of its own; `asked` is what its client asked of
// the server, `told` the events it sent.
import { AsyncLocalStorage } from "node:async_hooks";
import { createInterface } from "node:readline";

import sdk from "@ic-pay/icpay-sdk";

import { wallet } from "./wallet.mjs";

const EVENTS = ["error", "transaction-created", "transaction-updated", "transaction-completed",
  "transaction-failed", "transaction-mismatched"].map((name) => `icpay-sdk-${name}`);
const calls = new AsyncLocalStorage();

const plainFetch = globalThis.fetch;
globalThis.fetch = async (address, options = {}) => {
  const answer = await plainFetch(address, options);
  const { pathname } = new URL(address);
  if (pathname !== "/") calls.getStore()?.push([options.method ?? "GET", pathname, answer.status]);
  return answer;
};

/** Errors keep their facts behind fields JSON does not see. */
function said(error) {
  const { code, status, data, details } = error;
  return { message: error.message, code, status, data, details: details && said(details) };
}

async function answer({ id, config, wallet: held, call, with: words }) {
  const asked = [];
  const told = [];
  const line = await calls.run(asked, async () => {
    try {
      const refused = (method) => say({ id, refused: method });
      const provider = held && wallet(held, refused);
      const connectedWallet = provider && { owner: provider.address, connected: true };
      const client = new sdk.Icpay({ ...config, evmProvider: provider, connectedWallet });
      for (const name of EVENTS) client.on(name, (detail) => told.push([name, detail]));
      const [room, method] = call.includes(".") ? call.split(".") : [null, call];
      const owner = room ? client[room] : client;
      return { result: (await owner[method](...words)) ?? null };
    } catch (error) {
      return { error: said(error) };
    }
  });
  say({ id, ...line, asked, told });
}

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

createInterface({ input: process.stdin }).on("line", (line) => void answer(JSON.parse(line)));
