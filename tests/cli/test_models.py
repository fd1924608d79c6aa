"""``outcrop models``: what can be called, for people and for programs."""

import json
import re

import pytest
from click.testing import CliRunner

from outcrop.cli import bedrock
from outcrop.cli.main import root
from outcrop.client import Listing
from outcrop.flow.listing import ModelInfo
from tests.cli.running import Terminal
from tests.gateway.stage import MODEL


def test_table(customer: Terminal) -> None:
    done = customer.run("models", "us.anthropic.claude-haiku-4-5-*")

    assert done == (0, f"{MODEL}  anthropic  US Anthropic Claude Haiku 4.5\n", "")


def test_columns_are_straight(customer: Terminal) -> None:
    done = customer.run("models")

    ids = re.findall(r"^\S+ +", done.out, re.MULTILINE)
    assert len(ids) > 50
    assert len({len(each) for each in ids}) == 1


def test_json(customer: Terminal) -> None:
    """One object a line: what `jq` and `while read` expect."""
    done = customer.run("models", "us.anthropic.claude-haiku-4-5-*", "--json")

    (model,) = [json.loads(line) for line in done.out.splitlines()]
    assert model["id"] == MODEL
    assert model["provider"] == "Anthropic"
    assert model["source"] == "inference-profile"
    assert model["streaming"] is True


def test_nothing_matches(customer: Terminal) -> None:
    done = customer.run("models", "nobody.*")

    assert done == (0, "", "no model matches nobody.*\n")


def test_local_needs_no_account(terminal: Terminal) -> None:
    done = terminal.run("models", "us.anthropic.claude-haiku-4-5-*", "--local")

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(MODEL)


def test_region(customer: Terminal) -> None:
    done = customer.run("models", "eu.*", "--region", "eu-west-1")

    assert done.code == 0
    assert done.out.startswith("eu.")


def test_without_credentials(terminal: Terminal) -> None:
    done = terminal.run("models")

    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("outcrop: No AWS credentials.")


def test_part_of_the_list_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What could be listed is shown, and what could not is told."""

    async def listing(engine: str | None, *, region: str | None) -> Listing:
        row = ModelInfo(id="a.b", name="B", provider="A", source="foundation-model")
        return Listing(models=(row,), problems=("outcrop: No access to profiles.",))

    monkeypatch.setattr(bedrock, "list_models", listing)

    done = CliRunner().invoke(root, ["models"])

    assert done.exit_code == 0
    assert done.stdout == "a.b  a  B\n"
    assert done.stderr == "outcrop: No access to profiles.\n"
