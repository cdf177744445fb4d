"""The grader process has no path from a student's bytes to code: what could make one is not in its source.

``grader/sandbox/inside/`` runs in the forks, where running what a student wrote is the work;
``grader/notebook/`` runs in a student's own kernel, never in the grader's process (the contract
``no-tensorflow`` holds that).
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from grader.readers.marked_yaml import LOADER
from grader.reports.html.templating import open_templates

ROOT = Path(__file__).parents[2]
GRADER = ROOT / "grader"
ELSEWHERE = ("inside", "notebook")
SOURCES = sorted(
    path for path in GRADER.rglob("*.py") if not {*ELSEWHERE} & {*path.parent.relative_to(GRADER).parts}
)
TEMPLATES = sorted(GRADER.rglob("*.j2"))

#: Modules that turn bytes into objects or code, or that unpack archives wherever these want to go.
MODULES = frozenset(
    [
        "pickle",
        "_pickle",
        "cPickle",
        "marshal",
        "shelve",
        "dill",
        "cloudpickle",
        "joblib",
        "jsonpickle",
        "h5py",
        "code",
        "codeop",
        "runpy",
        "imp",
        "zipimport",
        "zipfile",
        "tarfile",
        "ctypes",
        "cffi",
        "pty",
        "IPython",
        "nbconvert",
        "nbclient",
        "papermill",
    ]
)
#: Calls of these, by their last name, whatever they are called on.
NAMES = frozenset(
    [
        "eval",
        "exec",
        "compile",
        "__import__",
        "import_module",
        "exec_module",
        "run_module",
        "run_path",
        "load_source",
        "literal_compile",
        "load_model",
        "model_from_json",
        "model_from_config",
        "deserialize_keras_object",
        "deserialize",
        "load_weights",
        "from_config",
        "enable_unsafe_deserialization",
        "extractall",
        "unpack_archive",
        "unsafe_load",
        "full_load",
        "load_all",
        "from_string",
        "fromstring_code",
        "mark_safe",
    ]
)
#: Names above that mean something harmless when they are called on these.
HARMLESS = frozenset({("re", "compile")})
#: A word of many uses elsewhere.
SHELLS = frozenset({("os", "system"), ("os", "popen")})
LOADERS = frozenset({"np", "numpy", "yaml", "torch"})


def paths_to_code(source: str) -> Iterator[str]:
    """Yield what in *source* could lead from data to code, with its line."""
    for node in ast.walk(ast.parse(source)):
        for found in _in_import(node) if isinstance(node, ast.Import | ast.ImportFrom) else _in_use(node):
            yield f"line {getattr(node, 'lineno', 0)}: {found}"


def _in_import(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    module = getattr(node, "module", None)
    names = [module or "."] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    yield from (f"import of {name}" for name in names if name.split(".")[0] in MODULES)
    if isinstance(node, ast.ImportFrom):
        yield from (f"import of {alias.name}" for alias in node.names if alias.name in NAMES)
        yield from (f"import of {alias.name}" for alias in node.names if (module, alias.name) in SHELLS)


def _in_use(node: ast.AST) -> Iterator[str]:
    # Also without a call: `run = eval` leads there, too.
    if isinstance(node, ast.Name) and node.id in NAMES:
        yield node.id
    if isinstance(node, ast.Attribute):
        yield from _in_attribute(node)
    if isinstance(node, ast.Call):
        yield from _in_call(node)


def _in_attribute(node: ast.Attribute) -> Iterator[str]:
    on = node.value.id if isinstance(node.value, ast.Name) else ""
    named = node.attr in NAMES and (on, node.attr) not in HARMLESS
    if named or (on, node.attr) in SHELLS or (node.attr == "load" and on in LOADERS):
        yield f"{on}.{node.attr}"


def _in_call(node: ast.Call) -> Iterator[str]:
    given = {each.arg: each.value for each in node.keywords}
    constants = {name: value.value for name, value in given.items() if isinstance(value, ast.Constant)}
    if (
        not isinstance(constants.get("shell", False), bool)
        or constants.get("shell")
        or _unknown(given, "shell")
    ):
        yield "a shell"
    if "allow_pickle" in given and constants.get("allow_pickle") is not False:
        yield "allow_pickle"
    if _called(node) == "Environment" and constants.get("autoescape") is not True:
        yield "templates without autoescape"


def _unknown(given: dict[str | None, ast.expr], name: str) -> bool:
    return name in given and not isinstance(given[name], ast.Constant)


def _called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def unescaped(source: str) -> Iterator[str]:
    """Yield each line of *source* that makes markup of text, and says no reason."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and _called(node) == "Markup" and node.args):
            continue
        line = lines[node.lineno - 1]
        if not isinstance(node.args[0], ast.Constant) and "# noqa: S704 - " not in line:
            yield f"line {node.lineno}: {line.strip()}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(GRADER)))
def test_the_graders_source_leads_from_no_data_to_code(path: Path) -> None:
    """No pickle, no eval, no loading of models, no shell, no markup of text without a reason."""
    source = path.read_text()

    assert list(paths_to_code(source)) == []
    assert list(unescaped(source)) == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "import pickle as p",
        "from pickle import loads",
        "import joblib.numpy_pickle",
        "def f():\n    import dill",
        "from importlib import import_module",
        "import importlib\nimportlib.import_module(name)",
        "eval(text)",
        "run = exec",
        "exec(compile(text, 'x', 'exec'))",
        "builtins.eval(text)",
        "__import__(name)",
        "yaml.load(text, Loader=yaml.Loader)",
        "yaml.unsafe_load(text)",
        "np.load(path)",
        "numpy.load(path, allow_pickle=True)",
        "read(path, allow_pickle=wanted)",
        "keras.models.load_model(path)",
        "keras.saving.deserialize_keras_object(config)",
        "import h5py",
        "import zipfile",
        "archive.extractall()",
        "shutil.unpack_archive(path)",
        "subprocess.run(text, shell=True)",
        "subprocess.run(text, shell=wanted)",
        "os.system(text)",
        "from os import system",
        "Environment(loader=loader)",
        "jinja2.Environment(autoescape=False)",
        "templates.from_string(text)",
        "pd.eval(text)",
    ],
)
def test_the_detector_finds_what_it_looks_for(source: str) -> None:
    """A test that cannot fail holds nothing."""
    assert list(paths_to_code(source))


@pytest.mark.parametrize(
    "source",
    [
        "re.compile(text)",
        "json.loads(text)",
        "np.frombuffer(content, dtype=dtype)",
        "np.load_nothing",
        "platform.system()",
        "subprocess.run(command, shell=False)",
        "Environment(autoescape=True)",
        "read(path, allow_pickle=False)",
        "yaml.safe_load(text)",
    ],
)
def test_the_detector_leaves_the_harmless_alone(source: str) -> None:
    """Or people would switch it off."""
    assert list(paths_to_code(source)) == []


def test_the_detector_of_markup_finds_it() -> None:
    """With a reason it stands; of a constant it needs none."""
    assert list(unescaped("Markup(text)"))
    assert list(unescaped("markupsafe.Markup(f'{text}')"))
    assert not list(unescaped("Markup(text)  # noqa: S704 - our own"))
    assert not list(unescaped("Markup('<code>{}</code>').format(text)\nMarkup()"))


def test_yaml_is_read_by_a_safe_loader() -> None:
    """Of either kind; a tag that names a Python object is no YAML of ours."""
    assert issubclass(LOADER, yaml.SafeLoader | yaml.CSafeLoader)
    with pytest.raises(yaml.constructor.ConstructorError):
        yaml.load("!!python/object/apply:os.system [id]", Loader=LOADER)  # noqa: S506 - it is a safe one


def test_templates_escape_what_they_write() -> None:
    """All of them, and none switches it off."""
    assert open_templates().autoescape is True
    assert [path.name for path in TEMPLATES if path.name == "student.html.j2"]
    for path in TEMPLATES:
        text = path.read_text()
        assert not [word for word in ("|safe", "| safe", "autoescape", "Markup", "|attr") if word in text], (
            path
        )


#: Reads, renders and writes as the grader does, with an eye on what Python is asked to do meanwhile. What a
#: library compiles for itself, such as a dataclass or a template, has the name of no file, or of its own.
WATCHED = r"""
import sys
from datetime import UTC, datetime
from pathlib import Path

from grader.grade import Grade, MarkedFinding
from grader.readers.submissions import find_submissions
from grader.reports.class_report import ClassReport
from grader.reports.html import write_html
from grader.reports.record import write_record
from grader.reports.sheet import write_sheet
from grader.sandbox.codec import pack, unpack
from grader.errors import CodecError
from grader.verdict import failed

TEXT, folder, seen = "STUDENTS_CODE", Path(sys.argv[1]), []
FORBIDDEN = ("pickle.find_class", "marshal.loads", "os.system", "subprocess.Popen", "os.exec")

def watch(event, arguments):
    if event in FORBIDDEN:
        seen.append(f"{event} {arguments!r:.200}")
    if event == "compile" and TEXT in str(arguments[0]):
        seen.append(f"compile {arguments!r:.200}")
    if event == "exec" and TEXT in repr((arguments[0].co_consts, arguments[0].co_names)):
        seen.append(f"exec {arguments!r:.200}")
    if event == "import" and TEXT in str(arguments[0]):
        seen.append(f"import {arguments!r:.200}")

def report():
    for given in find_submissions([folder / "class"], {"one": ("One",)}):
        text = given.unreadable or given.undecided or "".join(cell.source for cell in given.cells)
        case = {"call": text, "found": text, "expected": text, "right": False}
        finding = failed(text, hint=text, exhibit={"kind": "values", "cases": [case]})
        marked = MarkedFinding(check="equals[f]", finding=finding, score=0.0, max_score=1.0, visible=True)
        yield Grade(student=given.student, submission=given.path, sha256=given.sha256, exercise="one",
                    score=0.0, max_score=1.0, needs_review=False, seconds=0.0, findings=(marked,),
                    notes=(text,))

def everything():
    grades = tuple(report())
    titles, now = {"one": "One"}, datetime.now(UTC)
    page = ClassReport(assignment="a", grades=grades, titles=titles, max_points=1.0, created=now)
    write_html(folder / "report", page)
    write_record(folder / "record.json", grades, exercises=["one"], environment={})
    write_sheet(folder / "grades.csv", grades, exercises=["one"])
    for content in (b"\x80\x04cos\nsystem\n", pack({"x": TEXT})[8:]):
        try:
            unpack(content)
        except CodecError:
            pass

everything()  # once unwatched: libraries load themselves
sys.addaudithook(watch)
everything()
assert not seen, seen
compile(TEXT, "x", "exec")
assert seen
"""
HAND_INS = {
    "a.py": "STUDENTS_CODE = 1\nimport os; os.system('id')",
    "b.ipynb": '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code", '
    '"metadata": {}, "outputs": [], "source": "STUDENTS_CODE = {{7*7}} {% import os %}"}]}',
    "c.ipynb": "STUDENTS_CODE",
    "d.ipynb": "!!python/object/apply:os.system [STUDENTS_CODE]",
}


def test_nothing_that_was_handed_in_is_compiled_or_run(tmp_path: Path) -> None:
    """Python itself tells what it was asked to do, while hand-ins are read and reports are written."""
    (tmp_path / "class").mkdir()
    for name, content in HAND_INS.items():
        (tmp_path / "class" / name).write_text(content)

    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "report/students").iterdir())) == len(HAND_INS)
