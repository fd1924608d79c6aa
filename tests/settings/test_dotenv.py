"""The .env file, as people write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.errors import ConfigError
from outcrop.settings.dotenv import parse_dotenv


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=1", "1"),
        (" A = plain text # comment", "plain text"),
        ("export A=1", "1"),
        ("A=", ""),
        ("A= # comment", ""),
        ("A=#abc", "#abc"),
        ("A=a#b", "a#b"),
        ("A=a=b==", "a=b=="),
        ("A='a\"b # c'", 'a"b # c'),
        ('A="x # y" # comment', "x # y"),
        (r'A="line\nnext\t\"quoted\" \$5 \\"', 'line\nnext\t"quoted" $5 \\'),
        ('A=""', ""),
        ("A=$HOME", "$HOME"),
        ("A=1\r", "1"),
    ],
)
def test_line(line: str, value: str) -> None:
    """What stands behind the equals sign is what arrives."""
    assert parse_dotenv(line) == {"A": value}


def test_file() -> None:
    """Comments and blank lines say nothing; of two lines the later counts."""
    text = "\ufeff# top\n\nA=1\n  # indented\nB=2\nA=3\n"

    assert parse_dotenv(text) == {"A": "3", "B": "2"}


@pytest.mark.parametrize("line", ["SECRET", "=1", "1A=2", 'A="x', "A='x", 'A="x" y', "A B=1"])
def test_bad_line(line: str) -> None:
    """The message names the line and never what it holds: that may be a secret."""
    with pytest.raises(ConfigError, match=r"Line 2 of the \.env file") as raised:
        parse_dotenv(f"X=1\n{line}")

    assert line not in str(raised.value)


@given(st.text(st.characters(exclude_characters="\n'", exclude_categories=["Cs"])))
def test_single_quotes_keep_everything(value: str) -> None:
    """Secrets are copied in quotes and must come out as they went in."""
    assert parse_dotenv(f"A='{value}'") == {"A": value}
