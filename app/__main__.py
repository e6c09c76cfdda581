"""The command line: serve, work, migrate, an operator's errands, widget, demo, doctor, backup."""

import argparse
import asyncio
import os
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

from app.errors import CheckoutError, Invalid
from app.settings import Settings, load


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; an expected refusal is one line and exit status 1."""
    options = _parser().parse_args(arguments)
    try:
        settings = _settings(options)
        return int(options.run(settings, options) or 0)
    except CheckoutError as error:
        print(f"opentill: {error}", file=sys.stderr)
        print(f"          {error.hint}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="opentill", description="A checkout for crypto payments.")
    parser.add_argument("--data", type=Path, help="where SQLite and the secret key live (var)")
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(name: str, run: object, help: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help, description=help)
        made.add_argument("--data", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        made.set_defaults(run=run)
        return made

    serve = command("serve", _serve, "Serve the web and, unless told otherwise, the workers.")
    serve.add_argument("--no-workers", action="store_true", help="leave the work to `work`")
    serve.add_argument("--host")
    serve.add_argument("--port", type=int)
    command("work", _work, "Run the workers alone.")
    command("migrate", _migrate, "Bring the database up to date.")

    account = command("account", _account, "Make an account, or list them.")
    account.add_argument("name", nargs="?")
    account.add_argument("--live", action="store_true", help="for real money")

    key = command("key", _key, "Make a key for an account, or list or revoke its keys.")
    key.add_argument("account")
    key.add_argument("kind", nargs="?", choices=["secret", "publishable"])
    key.add_argument("--name")
    key.add_argument("--revoke", metavar="KEY_ID")

    link = command("link", _link, "Make a payment link.")
    link.add_argument("account")
    link.add_argument("name")
    link.add_argument("currency")
    link.add_argument("amount", nargs="?", help="left out: the payer chooses")

    pair = command("pair", _pair, "Pair a Bitpay client with an account, or list or end pairings.")
    pair.add_argument("account")
    pair.add_argument("code", nargs="?", help="the client's own code, to approve")
    pair.add_argument("--new", action="store_true", help="make a code to type into the client")
    pair.add_argument("--label", help="what to call it")
    pair.add_argument("--end", metavar="PAIRING_ID")

    destination = command("destination", _destination, "Set where an account's money goes.")
    destination.add_argument("account")
    destination.add_argument("family", help="evm, bitcoin or litecoin")
    destination.add_argument("kind", help="xpub or address; bitcoin, litecoin: descriptor too")
    destination.add_argument("value")

    user = command("user", _user, "Add somebody who signs in, let them in again, or list them.")
    user.add_argument("act", nargs="?", choices=["add", "link"])
    user.add_argument("email", nargs="?")
    user.add_argument("--account", action="append", default=[], help="theirs; may be repeated")
    user.add_argument("--operator", action="store_true", help="everything is within their reach")

    command("doctor", _doctor, "Tell what is set up, what is reachable, and what is missing.")
    backup = command("backup", _backup, "Copy a SQLite database while it is in use.")
    backup.add_argument("to", type=Path)

    widget = command("widget", _widget, "Print the tags that embed the checkout, with integrity.")
    widget.add_argument("--freeze", action="store_true", help="write this version down for good")

    demo = command("demo", _demo, "Serve a demo account with a link, keys and a shop.")
    demo.add_argument("--host")
    demo.add_argument("--port", type=int)
    demo.add_argument("--json", action="store_true", help="print one JSON line when ready")
    demo.add_argument("--devnet", action="store_true", help="beside a real EVM node")
    return parser


def _settings(options: argparse.Namespace) -> Settings:
    given = {name: getattr(options, name, None) for name in ("data", "host", "port")}
    return load(os.environ, **given)


def _serve(settings: Settings, options: argparse.Namespace) -> None:
    from app.server import serve

    _run(serve(settings, workers=not options.no_workers))


def _work(settings: Settings, options: argparse.Namespace) -> None:
    from app.server import work

    _run(work(settings))


def _run(serving: Coroutine[Any, Any, None]) -> None:
    """Run what serves for long on the loop that costs least."""
    if sys.platform == "win32":
        asyncio.run(serving)
    else:
        import uvloop

        uvloop.run(serving)


def _migrate(settings: Settings, options: argparse.Namespace) -> None:
    from app.storage.migrate import migrate, version

    settings.data.mkdir(parents=True, exist_ok=True)
    done = migrate(settings.database)
    print("Migrated to" if done else "Already at", version(settings.database))


def _account(settings: Settings, options: argparse.Namespace) -> None:
    from app import desk

    asyncio.run(desk.account(settings, options.name, live=options.live))


def _key(settings: Settings, options: argparse.Namespace) -> None:
    from app import desk

    asyncio.run(desk.key(settings, options.account, options.kind, options.name, options.revoke))


def _link(settings: Settings, options: argparse.Namespace) -> None:
    from app import desk

    asyncio.run(
        desk.link(settings, options.account, options.name, options.currency, options.amount)
    )


def _pair(settings: Settings, options: argparse.Namespace) -> None:
    from app import desk

    if options.new:
        asyncio.run(desk.offer(settings, options.account, options.label))
    else:
        asyncio.run(desk.pair(settings, options.account, options.code, options.end))


def _destination(settings: Settings, options: argparse.Namespace) -> None:
    from app import desk

    asyncio.run(
        desk.destination(settings, options.account, options.family, options.kind, options.value)
    )


def _user(settings: Settings, options: argparse.Namespace) -> None:
    from app import desk

    if options.act is None:
        asyncio.run(desk.users(settings))
        return
    if options.email is None:
        raise Invalid.field("email", f"opentill user {options.act} needs an e-mail address")
    new = options.act == "add"
    asyncio.run(
        desk.user(settings, options.email, options.account, operator=options.operator, new=new)
    )


def _doctor(settings: Settings, options: argparse.Namespace) -> int:
    from app.doctor import examine

    return asyncio.run(examine(settings))


def _backup(settings: Settings, options: argparse.Namespace) -> None:
    from app.storage.backup import backup

    backup(settings.database, options.to)
    print(f"Copied to {options.to}")


def _widget(settings: Settings, options: argparse.Namespace) -> None:
    from app.web import widget

    if options.freeze:
        print(f"Frozen in {widget.freeze()}")
    print(widget.tags(settings.url))


def _demo(settings: Settings, options: argparse.Namespace) -> None:
    from app.demo import demo

    _run(demo(settings, as_json=options.json, with_devnet=options.devnet))


if __name__ == "__main__":
    sys.exit(main())
