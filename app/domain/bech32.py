"""Bech32 (BIP-173) without its limit on length: what BOLT #11 and LNURL write their bytes in."""

SIGNS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
CHECKSUM = 6  # groups of five bits


def encode(head: str, data: bytes) -> str:
    """Return bytes behind a head, with their checksum, in small letters."""
    spare = -8 * len(data) % 5
    number = int.from_bytes(data, "big") << spare
    count = (8 * len(data) + spare) // 5
    groups = [number >> 5 * (count - 1 - at) & 31 for at in range(count)]
    check = checksum(head, [*groups, *[0] * CHECKSUM]) ^ 1
    groups += [check >> 5 * (CHECKSUM - 1 - at) & 31 for at in range(CHECKSUM)]
    return f"{head}1{''.join(SIGNS[group] for group in groups)}"


def decode(text: str) -> tuple[str, list[int]]:
    """Return a text's head and its groups without their checksum, or raise `ValueError`."""
    if not text.isascii() or text not in (text.lower(), text.upper()):
        raise ValueError("is no Bech32")
    head, one, tail = text.lower().rpartition("1")
    if not head or not one or any(sign not in SIGNS for sign in tail):
        raise ValueError("is no Bech32")
    groups = [SIGNS.index(sign) for sign in tail]
    if len(groups) < CHECKSUM or checksum(head, groups) != 1:
        raise ValueError("has a wrong checksum: it is not whole")
    return head, groups[:-CHECKSUM]


def number(groups: list[int]) -> int:
    """Return groups as one number."""
    total = 0
    for group in groups:
        total = total << 5 | group
    return total


def whole_bytes(groups: list[int]) -> bytes:
    """Return the whole bytes of groups; what is left over is padding."""
    spare = 5 * len(groups) % 8
    return (number(groups) >> spare).to_bytes(5 * len(groups) // 8, "big")


def checksum(head: str, groups: list[int]) -> int:
    """Return what BIP-173 computes over a head and its groups: 1 where the checksum is right."""
    check = 1
    expanded = [*(ord(sign) >> 5 for sign in head), 0, *(ord(sign) & 31 for sign in head)]
    for value in (*expanded, *groups):
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, mask in enumerate(GENERATOR):
            if top >> bit & 1:
                check ^= mask
    return check
