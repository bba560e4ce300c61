"""The commands. `shorten https://…` alone makes a link: what is not the name of a command is an address."""

import sys
from typing import Any

import typer
from typer.core import TyperGroup

from shortener.cli import links, setup, transfer

DEFAULT = "new"
GROUP_OPTIONS = frozenset({"--help", "-h", "--version", "--install-completion", "--show-completion"})


class ShortenGroup(TyperGroup):
    """A group whose first word may be an address (or an option of `new`)."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `new` in front of what is no command."""
        if args and args[0] not in self.commands and args[0].partition("=")[0] not in GROUP_OPTIONS:
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    name="shorten",
    cls=ShortenGroup,
    help="Make short links and look after them. `shorten https://…` is the shortest way.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("new")(links.new)
app.command("list")(links.list_)
app.command("stats")(links.stats)
app.command("qr")(links.qr)
app.command("delete")(links.delete)
app.command("import")(transfer.import_)
app.command("export")(transfer.export)
app.command("login")(setup.login)
app.command("config")(setup.config_)


@app.callback()
def _options(version: bool = typer.Option(False, "--version", is_eager=True, callback=setup.show_version)) -> None:
    """Only there for its option."""


def main() -> None:
    """Run; Ctrl-C and a closed pipe end it quietly."""
    try:
        app(prog_name="shorten")
    except BrokenPipeError:
        sys.stderr.close()  # Python would complain about the pipe once more
        raise SystemExit(0) from None


if __name__ == "__main__":
    main()
