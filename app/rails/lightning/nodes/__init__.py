"""Kinds of Lightning nodes: one file each, all behind `node.Node`."""
