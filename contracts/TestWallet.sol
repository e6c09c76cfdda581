// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// A smart wallet for tests: pays many in one transaction, signs by ERC-1271.
///
/// Its native payments are internal: they leave no log and are no transaction's own value.
contract TestWallet {
    address public immutable owner = msg.sender;

    receive() external payable {}

    /// Pay each address its amount of a token, or of the native coin when `token` is zero.
    function pay(address token, address[] calldata to, uint256[] calldata values) external {
        require(msg.sender == owner, "not the owner");
        for (uint256 i = 0; i < to.length; i++) {
            bytes memory data = token == address(0)
                ? bytes("")
                : abi.encodeWithSignature("transfer(address,uint256)", to[i], values[i]);
            (bool ok,) = token == address(0)
                ? to[i].call{value: values[i]}(data)
                : token.call(data);
            require(ok, "a payment failed");
        }
    }

    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        bool valid = signature.length == 65
            && ecrecover(digest, uint8(signature[64]), bytes32(signature[:32]), bytes32(signature[32:64])) == owner;
        return valid ? this.isValidSignature.selector : bytes4(0xffffffff);
    }
}
