"""How xdist shares a grading run out. Imported only under xdist."""

from typing import Any

from xdist.scheduler import LoadScopeScheduling


class ByStudent(LoadScopeScheduling):
    """Gives all checks of one student to one process, which then runs the work once."""

    def __init__(self, config: Any, log: Any, *, of_a_class: bool) -> None:
        """Tell students apart in checks' ids if they are *of_a_class*."""
        super().__init__(config, log)
        self._of_a_class = of_a_class

    def _split_scope(self, nodeid: str) -> str:
        """Return the student of a check's id, and the usual of any other test's."""
        path, *names = nodeid.partition("[")[0].split("::")
        if not path.endswith(".yaml"):
            return str(super()._split_scope(nodeid))
        return names[0] if self._of_a_class else ""
