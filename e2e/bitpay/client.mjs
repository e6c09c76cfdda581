// npm's `btcpay`, unmodified: does the calls that stand in one JSON document on its input.
import { createRequire } from 'node:module'
import { text } from 'node:stream/consumers'

const { BTCPayClient, crypto } = createRequire(import.meta.url)('btcpay')
const { host, key, tokens, calls } = JSON.parse(await text(process.stdin))

const keys = crypto.load_keypair(Buffer.from(key, 'hex'))
let client = new BTCPayClient(host, keys, tokens)
const answers = []
for (const [name, ...words] of calls) {
  const answer = await client[name](...words)
  if (name === 'pair_client') {
    client = new BTCPayClient(host, keys, answer)
  }
  answers.push(answer)
}
console.log(JSON.stringify(answers))
