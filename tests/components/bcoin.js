// Loaded before bcoin (node -r): what its release of 2018 needs to run as a part of the tests.
'use strict';

// Nothing native is built: the JavaScript backends and a chain in memory do.
process.env.NODE_BACKEND = 'js';
const Module = require('module');
const load = Module._load;
Module._load = function (request, ...rest) {
  if (request === 'leveldown') {
    return function () {
      throw new Error('leveldown is not built: use --memory=true');
    };
  }
  return load.call(this, request, ...rest);
};

const root = process.env.BCOIN_ROOT;
// Everybody else writes regtest addresses as Bitcoin Core does.
require(`${root}/lib/protocol/networks`).regtest.addressPrefix.bech32 = 'bcrt';

const RPC = require(`${root}/lib/node/rpc`);
const TX = require(`${root}/lib/primitives/tx`);

// Its estimator never heard of enough blocks here, and an Electrum server asks.
RPC.prototype.estimateSmartFee = async () => ({ feerate: 0.00002, blocks: 6 });
RPC.prototype.estimateFee = async () => 0.00002;

const networkInfo = RPC.prototype.getNetworkInfo;
RPC.prototype.getNetworkInfo = async function (...args) {
  const answer = await networkInfo.apply(this, args);
  return { ...answer, version: 210000, relayfee: 0.00001, incrementalfee: 0.00001, warnings: '' };
};

const init = RPC.prototype.init;
RPC.prototype.init = function () {
  init.call(this);
  // As if no node had ever heard of what waits.
  this.add('forgetmempool', async () => {
    await this.mempool.reset();
    return null;
  });
  // Its mempool knows no replacing: what spends the same coins goes, and the new one comes in.
  this.add('replacetransaction', async (args) => {
    const tx = TX.fromRaw(Buffer.from(args[0], 'hex'));
    this.mempool.removeDoubleSpends(tx);
    const missing = await this.mempool.addTX(tx);
    if (missing) {
      throw new Error('spends coins nobody has');
    }
    return tx.txid();
  });
};
