"""A small course with canaries in its solutions, and three notebooks: right, wrong and hostile."""

import json
from collections.abc import Sequence
from pathlib import Path

HIDDEN_INPUT, HIDDEN_VALUE = 804213977, 1608427961
CANARIES = (str(HIDDEN_INPUT), str(HIDDEN_VALUE), "CANARY-IN-SOURCE", "CANARY-IN-MISTAKE", "804,213,977")

FILES = {
    "exercises/doubling.yaml": """\
exercise: doubling
title: Twice and seven
source: made up
prompt: Return twice the number, and seven.
starter: |
  def doubled(number): ...
observe:
  two: {call: doubled, with: [2]}
checks:
  - equals: {of: two, points: 1, expect: 11}
""",
    "solutions/doubling.yaml": f"""\
solution: doubling
source: |
  def doubled(number):
      canary = "CANARY-IN-SOURCE"
      return 2 * number + 7
observe:
  large: {{call: doubled, cases: [[{HIDDEN_INPUT}], [3]]}}
checks:
  - equals: {{of: large, points: 2.5}}
mistakes:
  - name: CANARY-IN-MISTAKE
    hint: The seven is missing.
    source: |
      def doubled(number):
          return 2 * number
""",
    "exercises/tiny-model.yaml": """\
exercise: tiny-model
title: A tiny model
source: made up
prompt: Build it.
starter: |
  def build_model(): ...
observe:
  model: {call: build_model}
""",
    "solutions/tiny-model.yaml": """\
solution: tiny-model
layers:
  - Input: {shape: [4]}
  - Dense: {units: 3}
checks:
  - layers: {of: model, points: 2, visible: true}
""",
    "exercises/assignments/convolution.yaml": """\
assignment: convolution
title: Two questions
exercises: [doubling, tiny-model]
limits: {cell_seconds: 5, observation_seconds: 5, submission_seconds: 60}
""",
    "datasets/README.md": "None.\n",
    "constraints.txt": "",
}

DOUBLING = """\
def doubled(number):
    return 2 * number + 7
"""
MODEL = """\
import keras

def build_model():
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
"""
RIGHT = (DOUBLING, MODEL)
WRONG = (
    DOUBLING.replace(" + 7", ""),
    "raise ValueError('nothing here')",
    MODEL.replace("Dense(3)", "Dense(5)"),
)

#: What every runner and page is known to obey.
PAYLOAD = """\
\r
::error file=a,line=1::forged
::set-output name=score::100
##[error]forged ##[set-env name=A]b
::stop-commands::x
::add-mask::a
::notice title=Autograding report::{}
\x1b[31m\x1b[0Ksection_start:1:evil\r\x1b[0KEvil
# Points 100 of 100
@octocat #1 GH-2 ![x](http://example.invalid/x.png) <img src=x> ]]> </pre></details> | a | b |

<script>alert(1)</script> `` ` ``` \u202e \x00 \ufffe"""
HOSTILE = """\
PAYLOAD = {payload}
PATHS = {paths}
# %%
import os, sys

def shout(more=''):
    text = PAYLOAD + str(more) + repr(dict(os.environ))
    print(text)
    for number in (1, 2):
        os.write(number, text.encode('utf-8', 'replace'))
    for path in PATHS:
        try:
            with open(path, 'a') as file:
                file.write('FORGED=1')
        except OSError:
            pass
    return text

shout()
# %%
from IPython.display import Markdown, display
display(Markdown(PAYLOAD))
raise ValueError(shout())
# %%
def doubled(number):
    text = shout(number)
    if number == 2:
        return text
    raise ValueError(text)
# %%
import keras

def build_model():
    layer = keras.layers.Dense(5, name=PAYLOAD.replace('/', ''))
    return keras.Sequential([keras.Input((4,)), layer])
"""


def write_course(folder: Path) -> Path:
    """Write the course's repository to *folder*."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def write_notebook(path: Path, cells: Sequence[str]) -> None:
    """Write a notebook of code *cells*, each in a section of its own by its comment, if it has one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source.splitlines(keepends=True),
        }
        for number, source in enumerate(cells)
    ]
    whole = {"cells": written, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(whole, indent=1))


def hostile(paths: Sequence[Path]) -> tuple[str, ...]:
    """Return cells that know the runner's files by name, and shout commands wherever they can."""
    filled = HOSTILE.format(payload=ascii(PAYLOAD), paths=[str(path) for path in paths])
    return tuple(filled.split("# %%\n"))
