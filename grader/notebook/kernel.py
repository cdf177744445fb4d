"""The process that a student works in: its names, and how it calls its cells."""

import sys
import traceback
from dataclasses import dataclass
from types import TracebackType
from typing import Any

LINES = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Kernel:
    """The names that the student defined; ``shell`` is IPython's, where there is one."""

    names: dict[str, Any]
    shell: Any = None

    def own_lines(self, error: BaseException) -> str:
        """Return the lines of *error*'s traceback that the student wrote, innermost last."""
        lines, where = list[str](), error.__traceback__
        while where is not None:
            if where.tb_frame.f_globals is self.names:
                lines.append(self._line(where))
            where = where.tb_next
        return "\n".join(lines[-LINES:])

    def _line(self, where: TracebackType) -> str:
        (frame,) = traceback.extract_tb(where, limit=1)
        return f"{self._cell_name(frame.filename)}, line {frame.lineno}, in {frame.name}: {frame.line}"

    def _cell_name(self, filename: str) -> str:
        name_of = getattr(getattr(self.shell, "compile", None), "format_code_name", None)
        words = name_of(filename) if name_of else None
        return " ".join(words) if words else filename


def running_kernel() -> Kernel:
    """Return this process as a kernel; without IPython, its main program."""
    shell = running_shell()
    names = vars(sys.modules["__main__"]) if shell is None else shell.user_ns
    return Kernel(names=names, shell=shell)


def running_shell() -> Any:
    """Return IPython's shell, ``None`` outside it. IPython is not imported for that."""
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()
