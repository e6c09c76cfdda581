// A page that costs a dime, in plain Node: TILL=https://till.example SK=sk_… node x402_node.mjs
import { createServer } from "node:http";

const { TILL, SK, PORT = "8402" } = process.env;
const till = async (path, body) => {
  const headers = { authorization: `Bearer ${SK}`, "content-type": "application/json" };
  const answer = await fetch(TILL + path, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
};
const report = async (request) => {
  const resource = `http://${request.headers.host}${request.url}`;
  const wanted = { amount: "0.10", currency: "USD", resource };
  const payment = request.headers["payment-signature"];
  if (payment) {
    const paid = await till("/v1/x402/settle", { ...wanted, payment });
    const receipt = { "payment-response": paid.payment_response };
    if (paid.outcome === "settled") return [200, receipt, { report: "All is well." }];
    if (paid.outcome === "pending") return [202, receipt, { retry: true }]; // the same again, later
  }
  const asked = await till("/v1/x402/requirements", wanted);
  return [402, { "payment-required": asked.payment_required }, asked.body];
};
createServer(async (request, response) => {
  const [status, headers, body] = await report(request).catch(() => [502, {}, { error: "till" }]);
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}).listen(Number(PORT), "127.0.0.1");
