// Compile each contract here and write its .json beside it, or into the folder given:
//   node contracts/compile.cjs [folder]
// A test compiles again and compares, so an artifact never drifts from its source.
const fs = require("fs");
const path = require("path");
const solc = require("solc");

const folder = process.argv[2] || __dirname;
const names = fs.readdirSync(__dirname).filter((name) => name.endsWith(".sol")).sort();
const read = (name) => fs.readFileSync(path.join(__dirname, name), "utf8");
const input = {
  language: "Solidity",
  sources: Object.fromEntries(names.map((name) => [name, { content: read(name) }])),
  settings: {
    optimizer: { enabled: true, runs: 200 },
    evmVersion: "paris", // the oldest EVM that every chain in the catalogue runs
    metadata: { appendCBOR: false, bytecodeHash: "none" }, // no compiler version in the code
    outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } },
  },
};
const output = JSON.parse(solc.compile(JSON.stringify(input)));
const errors = (output.errors || []).filter((error) => error.severity === "error");
if (errors.length) {
  console.error(errors.map((error) => error.formattedMessage).join("\n"));
  process.exit(1);
}
for (const name of names) {
  const contract = path.basename(name, ".sol");
  const { abi, evm } = output.contracts[name][contract];
  const artifact = {
    abi,
    bytecode: `0x${evm.bytecode.object}`,
    deployedBytecode: `0x${evm.deployedBytecode.object}`,
  };
  fs.writeFileSync(path.join(folder, `${contract}.json`), `${JSON.stringify(artifact, null, 1)}\n`);
}
