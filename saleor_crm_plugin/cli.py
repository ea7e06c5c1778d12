"""``saleor-crm``: the demo shop, the same verbs as ``manage.py crm`` inside it, and a look at lists of orders."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

import django
from django.core.management import call_command, execute_from_command_line

from .analyse import command as analyse
from .demo import mail_pictures
from .recs import command as recs
from .segments.clv import command as clv
from .shop.sandbox import database

_FILE_VERBS = {"analyse": analyse.run, "clv": clv.run, "recs": recs.run}


def main(argv: list[str] | None = None) -> None:
    """Run the command line. Returns when it is done; wrong arguments or files end the process with status 2."""
    arguments = sys.argv[1:] if argv is None else argv
    parser = _parser()
    if arguments[:1] == ["crm"]:
        _set_up()
        execute_from_command_line(["saleor-crm", *arguments])
        return
    options = parser.parse_args(arguments)
    if options.verb in _FILE_VERBS:
        sys.exit(_FILE_VERBS[options.verb](options))
    if options.verb == "pictures":
        _set_up()
        sys.exit(mail_pictures.run(options))
    if options.verb == "demo":
        _set_up()
        from .demo.run import run

        run(
            Path(options.out),
            seed=options.seed,
            customers=options.customers,
            products=options.products,
            carts=options.carts,
            quiet=options.quiet,
        )
    if options.verb == "serve" or (options.verb == "demo" and options.serve):
        _set_up()
        print("The demo shop is open at http://127.0.0.1:8000 (Ctrl-C closes it).\n" + _how_to_ask())  # noqa: T201
        call_command("runserver", "127.0.0.1:8000", "--noreload", "--skip-checks")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="saleor-crm", description="Look at the CRM before you install it: a demo shop on your own machine."
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    demo = verbs.add_parser(
        "demo",
        help="make a demo shop, run the CRM in it, and show what happened",
        description="Makes a fashion shop with products, customers, two years of orders and carts of all kinds, runs"
        " the CRM in it for a day and a half, and writes every mail and one page that shows what happened and why.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    demo.add_argument("--out", default="demo-out", metavar="FOLDER", help="where to write the mails and index.html")
    demo.add_argument("--seed", type=int, default=1, help="the same seed makes the same shop")
    demo.add_argument("--customers", type=_number(50, 1_000_000), default=5000, help="how many customers the shop has")
    demo.add_argument("--products", type=_number(20, 20_000), default=500, help="how many products it sells")
    demo.add_argument("--carts", type=_number(1, 500), default=12, help="how many carts of each kind lie in it")
    demo.add_argument("--quiet", action="store_true", help="no progress bars")
    demo.add_argument(
        "--serve", action="store_true", help="keep the shop open afterwards, so that the links in the mails work"
    )
    verbs.add_parser("serve", help="open the demo shop made before: its links work, and its GraphQL answers")
    analyse.add_arguments(
        verbs.add_parser(
            "analyse",
            help="tell from a list of orders what kinds of customers a shop has",
            description="Reads a list of orders (CSV) and tells who the customers are: groups by recency, frequency and"
            " money, where each stands, who comes back, and what the next year may bring. Nothing leaves this machine.",
        )
    )
    clv.add_arguments(
        verbs.add_parser(
            "clv",
            help="fit a customer lifetime value model to a summary of customers",
        )
    )
    recs.add_arguments(
        verbs.add_parser("recs", help="how good recommendations are: saleor-crm recs evaluate EVENTS.csv")
    )
    mail_pictures.add_arguments(verbs.add_parser("pictures", help="take pictures of all mails with headless Chromium"))
    verbs.add_parser("crm", help="the shop's own command, in the demo shop: saleor-crm crm explain EMAIL, report, ...")
    return parser


def _number(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"must be from {least} to {most}")
        return value

    return number


def _how_to_ask() -> str:
    from .graphql.demo import people

    lines = [
        "Ask it by GraphQL at http://127.0.0.1:8000/graphql/",
        f"  as the staff, with the token     {people.staff_token()}",
    ]
    if customer := people.best_customer():
        lines.append(f"  as a customer, with the token    {people.customer_token(customer)}")
    return "\n".join(lines)


def _set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saleor_crm_plugin.shop.sandbox.settings")
    database.start()
    django.setup()


if __name__ == "__main__":
    main()
