"""Reach: which addresses are the public internet's, for hosts that strangers name.

A merchant names where webhooks go and where a node is, so a name may point anywhere: at our
own database, a cloud's metadata service, the router. Only public addresses are dialed, and
what an operator allows by name.
"""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

LOOPBACK = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
# IANA's special-purpose registries, read by hand: `is_global` calls some of these public.
NOT_PUBLIC = tuple(
    ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        "2001::/23",  # Teredo, ORCHID, benchmarks, and what IETF protocols use among themselves
        "2001:db8::/32",
        "2002::/16",  # 6to4 carries any IPv4 address inside
        "3fff::/20",
    )
)
# All that is public in IPv6 today. Outside lie loopback, mapped and compatible IPv4, NAT64,
# discard, segment routing, unique local, link-local, site-local and multicast.
PUBLIC_6 = IPv6Network("2000::/3")


def may_reach(address: str, *, allow_loopback: bool) -> bool:
    """Tell whether an address is one of the public internet's (or our own, where allowed)."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if "%" in address:  # a zone: it means something on this machine only
        return False
    if allow_loopback and any(ip in network for network in LOOPBACK):
        return True
    if any(ip in network for network in NOT_PUBLIC):
        return False
    return ip.version == 4 or ip in PUBLIC_6
