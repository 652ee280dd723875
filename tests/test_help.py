"""Help and usage errors: every text in every language, in one place, found at once."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from rnnhand import phrases
from rnnhand.cli import COMMANDS, main
from rnnhand.cli import help as helping
from rnnhand.cli.speech import default_language
from rnnhand.phrases import languages
from rnnhand.problem import yaml

SLOT = re.compile(r"\{(\w+)[^}]*\}")
WORD = re.compile(r"[a-z]{2,}")
NAMES = re.compile(
    r"`[^`]*`|'[^']*'|--?[\w-]+|\[[\w|.-]+\]|\w+[/._=:]\S*|\b[A-Z]\w*[A-Z]\w*\b|<=?"
    r"|\b(?:rnnhand|Markdown|Dask|PyTorch)\b"
)
"""What is written alike in every language: code, options, choices, files, names of formats."""


def call(*args: str, **env: str) -> Result:
    return CliRunner().invoke(main, list(args), env={"LANG": "C", "LC_ALL": "", **env})


def command(name: str) -> click.Command:
    found: click.Command = import_module(f"rnnhand.cli.{name.replace('-', '_')}").command
    return found


def codes() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every text that help needs: a name for it, and the codes under which it may stand."""
    for name in COMMANDS:
        yield name, (name,)
        yield f"{name} about", (f"{name} about",)
        for param in command(name).params:
            option = max(param.opts, key=len) if isinstance(param, click.Option) else ""
            if option:
                yield f"{name} {option}", (f"{name} {option}", option)
            word = helping._coined(param) if param.metavar or not option else ""
            if re.fullmatch(r"[A-Z]{2,}( [A-Z]+)?", word):
                yield f"{name}: {word}", (word,)
    for param in main.params:
        yield f"rnnhand {param.opts[0]}", (f"rnnhand {param.opts[0]}",)


@pytest.mark.parametrize("lang", languages())
def test_every_command_option_and_argument_has_its_help(lang: str) -> None:
    known = helping.texts(lang)
    assert [what for what, places in codes() if not any(known.get(p) for p in places)] == []


def test_help_has_the_same_texts_with_the_same_slots_in_every_language() -> None:
    first = helping.texts("en")
    for lang in languages():
        own = helping.texts(lang)
        assert own.keys() == first.keys()
        for code, text in own.items():
            if code.startswith("click "):
                assert set(SLOT.findall(text)) <= set(SLOT.findall(first[code])), code
            else:
                assert SLOT.findall(text) == SLOT.findall(first[code]), code
            examples = [x for x in first[code].split("\n") if x.startswith("rnnhand ")]
            assert sum(x.startswith("rnnhand ") for x in text.split("\n")) == len(examples), code


def test_no_help_text_is_unused() -> None:
    used = {place for _, places in codes() for place in places} | {"rnnhand", "--help"}
    used |= {"OPTIONS", "COMMANDS"}
    told = {
        node.args[0].value
        for path in Path(helping.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "told"
        and isinstance(node.args[0], ast.Constant)
    }  # fmt: skip
    left = helping.texts("en").keys() - used - told
    assert [code for code in left if not code.startswith("click ")] == []


@pytest.mark.parametrize("lang", languages())
def test_help_files_are_yaml_that_says_what_is_read_without_it(lang: str) -> None:
    node = yaml.read((phrases.folder() / f"help-{lang}.yaml").read_text("utf-8"))
    assert isinstance(node, yaml.Map)
    said = {k.text: v.text.rstrip("\n") for k, v in node.entries if isinstance(v, yaml.Text)}
    assert said == helping.texts(lang)


def english() -> set[str]:
    """The words of the English help."""
    text = " ".join(t for c, t in helping.texts("en").items() if not c.startswith("click "))
    return set(WORD.findall(NAMES.sub(" ", text)))


def choices(name: str) -> set[str]:
    own = [p.type.choices for p in command(name).params if isinstance(p.type, click.Choice)]
    return {str(c) for some in own for c in some}


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_the_russian_help_has_no_english_words(name: str) -> None:
    said = call(*filter(None, [name]), "--help", "--lang", "ru").output
    prose = "\n".join(x for x in said.split("\n") if not x.strip().startswith("rnnhand "))
    names = {*COMMANDS, *(choices(name) if name else ())}
    names |= {"forward", "gradients", "update", "quantities", "gates", "operations", "slopes"}
    found = set(WORD.findall(NAMES.sub(" ", prose))) - names - {"or"}
    assert found & english() == set()
    assert found <= {"auto", "terminal", "yaml", "json", "weights", "graded"}
    assert said.startswith("Вызов: rnnhand") and "Ключи:" in said


@pytest.mark.parametrize("lang", languages())
def test_help_is_the_same_from_the_option_and_from_the_environment(lang: str) -> None:
    asked = call("--help", "--lang", lang).output
    assert call("--lang", lang, "--help").output == asked
    assert call(f"--lang={lang}", "--help").output == asked
    assert call("--help", LC_ALL=f"{lang}_XX.UTF-8").output == asked
    assert call("--help", LANG="de_DE.UTF-8", LANGUAGE=f"uk:{lang}:en").output == asked
    assert (
        call("solve", "--help", "--lang", lang).output == call("--lang", lang, "solve", "-h").output
    )


@pytest.mark.parametrize(
    ("env", "lang"),
    [
        ({}, "en"),
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "C.UTF-8", "LANGUAGE": "ru"}, "en"),
        ({"LANG": "en_GB", "LANGUAGE": "ru"}, "ru"),
        ({"LANG": "ru_RU", "LANGUAGE": "en:ru"}, "en"),
        ({"LANG": "ru_RU", "LANGUAGE": "xx"}, "ru"),
        ({"LC_MESSAGES": "ru", "LANG": "en_US"}, "ru"),
    ],
)
def test_the_environment_says_the_language_as_it_does_elsewhere(
    env: dict[str, str], lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert default_language() == lang


ERRORS = [
    (("solve",), "Missing argument 'PROBLEM'", "Не хватает аргумента 'ЗАДАЧА'"),
    (("solve", "--only"), "requires an argument", "нужно значение"),
    (("solve", "x", "--digits", "y"), "not a valid integer", "не целое число"),
    (("solve", "x", "--digits", "0"), "not in the range", "не входит в промежуток 1<=x<=1000"),
    (("solve", "x", "--format", "y"), "is not one of", "возможные значения"),
    (("solve", "x", "--detai"), "No such option", "Нет такого ключа"),
    (("solve", "x", "y"), "extra argument", "Лишний аргумент: y"),
    (("reduce", "lstm"), "Missing option '--to'", "Не хватает ключа '--to'"),
    (("solve", "x", "-o", "/"), "is a directory", "это папка"),
    (("nothing",), "No such command", "Нет такой команды"),
    (("count",), "name one of", "укажите что-нибудь одно"),
    (("graph", "x", "--paths", "a"), "requires 2 arguments", "несколько значений: 2"),
]


@pytest.mark.parametrize(("args", "english", "russian"), ERRORS)
def test_what_is_wrong_with_a_call_is_said_in_its_language(
    args: tuple[str, ...], english: str, russian: str
) -> None:
    for lang, said, first in (("en", english, "Usage:"), ("ru", russian, "Вызов:")):
        result = call("--lang", lang, *args)
        assert result.exit_code == 2
        assert said in result.output
        assert first in result.output or "--only" in args or "--paths" in args
    assert not {"Error", "Try", "Usage"} & set(re.findall(r"\w+", result.output))


ONE_FILE = ("solve there-and-back --lang yy", "solve nowhere --lang yy", "solve --help --lang yy")
SPEAKS = """
import sys
from click.testing import CliRunner
from rnnhand.cli import main
for line in sys.stdin.read().splitlines():
    result = CliRunner().invoke(main, line.split())
    assert result.exception is None or isinstance(result.exception, SystemExit), line
    print(result.exit_code, result.output)
"""


def test_a_third_language_is_its_files_of_phrases(tmp_path: Path) -> None:
    package = Path(helping.__file__).parents[1]
    skipped = shutil.ignore_patterns("__pycache__")
    shutil.copytree(package, tmp_path / "rnnhand", ignore=skipped)
    shutil.copytree(package.parent / "problems", tmp_path / "problems")
    own = tmp_path / "rnnhand" / "library" / "phrases"
    for file in own.glob("*ru.yaml"):
        said = file.read_text("utf-8").replace("Прямой проход", "Xxxx xxx").replace("Вызов", "Xx")
        said = said.replace('decimal-mark: ","', "decimal-mark: ٫")
        (own / file.name.replace("ru.yaml", "xx.yaml")).write_text(said, "utf-8")
    shutil.copy(own / "ru.yaml", own / "yy.yaml")
    asked = (
        *("solve there-and-back", "solve --help", "solve nowhere", "count there-and-back"),
        *("check there-and-back there-and-back-circulating", "cell gru-after-keep", "problems"),
    )
    done = subprocess.run(
        [sys.executable, "-c", SPEAKS],
        input="\n".join([*(f"{line} --lang xx" for line in asked), *ONE_FILE]),
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PYTHONUTF8": "1"},
    )
    for said in ("Xxxx xxx", "There and back", "1٫5625", "Xx: rnnhand solve", "LSTM"):
        assert said in done.stdout
    for said in ("Прямой проход", "1,5625", "there is no file nowhere", "Usage: rnnhand solve"):
        assert said in done.stdout
