"""The text of a ``.env`` file.

Place in the house: settings. Pure: whoever may read files brings the text.

    # a comment
    AWS_REGION=eu-west-1            # so is this
    export AWS_PROFILE="my team"    # in double quotes a backslash escapes
    BEDROCK_API_KEY='kept as it is'

One line, one variable. Nothing is expanded: a ``$`` is a dollar sign.

Source: behaviour specification, CONF-03.
"""

import re
from typing import Final

from outcrop.errors import ConfigError

_LINE: Final = re.compile(
    r"""\s*(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=[ \t]*
        (?: "(?P<double>(?:[^"\\]|\\.)*)"
          | '(?P<single>[^']*)'
          | (?P<plain>(?:(?<==)\#|[^'"\#\s]).*?)?
        )
        (?:[ \t]*|[ \t]+\#.*)""",
    re.VERBOSE,
)
_ESCAPE: Final = re.compile(r"\\(.)")
_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r"}


def parse_dotenv(text: str) -> dict[str, str]:
    """Return the variables of a ``.env`` file; of a name that stands twice, the last.

    Raises:
        ConfigError: A line is no assignment. The message names the line and keeps what it holds.
    """
    variables: dict[str, str] = {}
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line.rstrip())
        if match is None:
            raise ConfigError(
                f"Line {number} of the .env file is not NAME=value",
                hint="quote values that hold quotes or begin with #",
            )
        variables[match["name"]] = _value(match)
    return variables


def _value(match: re.Match[str]) -> str:
    if match["double"] is not None:
        return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), match["double"])
    if match["single"] is not None:
        return match["single"]
    return match["plain"] or ""
