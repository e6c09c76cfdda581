// Compile TestUSDC.sol and write TestUSDC.json beside it, or to the path given:
//   node contracts/compile.cjs [output]
// A test compiles again and compares, so the artifact never drifts from its source.
const fs = require("fs");
const path = require("path");
const solc = require("solc");

const input = {
  language: "Solidity",
  sources: {
    "TestUSDC.sol": { content: fs.readFileSync(path.join(__dirname, "TestUSDC.sol"), "utf8") },
  },
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
const { abi, evm } = output.contracts["TestUSDC.sol"].TestUSDC;
const artifact = {
  abi,
  bytecode: `0x${evm.bytecode.object}`,
  deployedBytecode: `0x${evm.deployedBytecode.object}`,
};
const target = process.argv[2] || path.join(__dirname, "TestUSDC.json");
fs.writeFileSync(target, `${JSON.stringify(artifact, null, 1)}\n`);
