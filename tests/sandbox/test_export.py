"""What a student's code returned, as it comes out of the sandbox."""

import pytest

from grader.sandbox.worker import Worker
from tests.sandbox.running import answer


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("np.int64(3)", 3),
        ("np.float64(0.5)", 0.5),
        ("np.float32(0.5)", 0.5),
        ("np.bool_(True)", True),
        ("np.str_('a')", "a"),
        ("(np.int64(1), 'a')", (1, "a")),
        ("np.longdouble(0.5)", "0.5"),
    ],
)
def test_a_numpy_scalar_is_a_key_like_its_python_value(worker: Worker, written: str, key: object) -> None:
    """``{label: count}`` from ``np.unique`` has NumPy's integers for keys."""
    outcome = answer(worker, f"import numpy as np\ndef answer(): return {{{written}: 1}}")

    assert outcome.value == {key: 1}
    assert [type(each) for each in outcome.value] == [type(key)]
