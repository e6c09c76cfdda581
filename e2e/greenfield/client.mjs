// npm's `btcpay-greenfield-node-client`, unmodified: does the calls of one JSON document on its input.
import { createRequire } from 'node:module'
import { text } from 'node:stream/consumers'

const client = createRequire(import.meta.url)('btcpay-greenfield-node-client')
const { base, token, calls } = JSON.parse(await text(process.stdin))
client.OpenAPI.BASE = base
client.OpenAPI.TOKEN = token
const answers = []
for (const [service, method, named] of calls) {
  try {
    answers.push((await client[service][method](named)) ?? null)
  } catch (error) {
    answers.push({ refused: error.status, body: error.body })
  }
}
console.log(JSON.stringify(answers))
