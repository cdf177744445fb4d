"""A course of one exercise whose hidden part is full of canaries, and what students hand in for it."""

from pathlib import Path

from grader.redteam.canaries import Canaries

QUESTION = """\
exercise: vault
title: The vault
source: a test
prompt: Write `reply(word)`.
starter: |
  def reply(word):
      raise NotImplementedError
observe:
  shown: {call: reply, with: [ping]}
  second: {call: reply, with: [pong]}
checks:
  - equals: {of: shown, expect: ping!, points: 2}
  - equals: {of: second, expect: pong!, points: 1, needs: ["equals[shown]"]}
"""
SOLUTION = """\
solution: vault
source: |
  # @source@
  def reply(word):
      if word == "@input: another input@":
          raise KeyError(word)
      return {"ping": "ping!", "pong": "pong!"}.get(word, "@expected value@")
observe:
  secret: {call: reply, with: ["@input: hidden input@"]}
  other: {call: reply, with: ["@input: another input@"]}
checks:
  - equals: {of: secret, points: 3}
  - raises: {of: other, error: KeyError, points: 0, needs: ["equals[secret]"]}
  - equals: {of: secret, points: 1}
mistakes:
  - name: "@mistake@"
    hint: Say more than the word.
    source: |
      def reply(word):
          return word
"""
ASSIGNMENT = """\
assignment: short
title: In haste
exercises: [vault]
limits: {observation_seconds: 1, cell_seconds: 2, submission_seconds: 20, memory_mib: 512}
"""
OTHER = """\
exercise: twice
title: Twice
source: a test
prompt: Write `twice(x)`.
starter: |
  def twice(x): ...
observe:
  two: {call: twice, with: [2]}
checks:
  - equals: {of: two, expect: 4, points: 1}
"""
TWICE = """\
solution: twice
source: |
  def twice(x):
      return 2 * x
observe:
  nine: {call: twice, with: [9]}
checks:
  - equals: {of: nine, points: 0.5}
"""

HEAD = "# exercise: vault\n"
WRONG = HEAD + "def reply(word):\n    return word\n"
VISIBLE_RIGHT = HEAD + "def reply(word):\n    return word + '!'\n"
ENDLESS = HEAD + "def reply(word):\n    while True:\n        pass\n"
RAISING = HEAD + "def reply(word):\n    raise RuntimeError('I was asked ' + word)\n"
HUNGRY = HEAD + "def reply(word):\n    return len(bytearray(10 ** 11))\n"
EXITING = HEAD + "import os\ndef reply(word):\n    print(word, flush=True)\n    os._exit(3)\n"
TALKING = f"""{HEAD}import sys
def reply(word):
    print("heard", word)
    print(word, file=sys.stderr)
    return word + word
"""
STARTER = HEAD + "def reply(word):\n    raise NotImplementedError\n"


def write_course(folder: Path) -> Canaries:
    """Write exercises, solutions and an assignment into *folder*; return what is hidden in them."""
    canaries = Canaries()
    files = {
        "exercises/vault.yaml": QUESTION,
        "exercises/twice.yaml": OTHER,
        "exercises/assignments/short.yaml": ASSIGNMENT,
        "solutions/vault.yaml": canaries.fill(SOLUTION),
        "solutions/twice.yaml": TWICE,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return canaries


def hand_in(folder: Path, **sources: str) -> Path:
    """Write scripts, by student, into *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    for student, source in sources.items():
        (folder / f"{student}.py").write_text(source)
    return folder


def right(canaries: Canaries) -> str:
    """Return an answer that passes every check."""
    expected, other = canaries.secret("expected value"), canaries.hidden_input("another input")
    return f"""{HEAD}def reply(word):
    if word == {other!r}:
        raise KeyError(word)
    return word + "!" if len(word) < 9 else {expected!r}
"""
