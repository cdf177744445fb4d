"""What differs between the processes in which the same submission is graded again and again."""

from dataclasses import dataclass

from grader.sandbox.bubblewrap import QUIET_TENSORFLOW


@dataclass(frozen=True, kw_only=True, slots=True)
class Noise:
    """How TensorFlow is set: threads within and between operations, oneDNN, op determinism.

    ``isa`` names the newest instructions that oneDNN may use; empty for all that the processor has.
    """

    title: str
    threads: int = 1
    one_dnn: bool = False
    isa: str = ""
    deterministic: bool = True

    @property
    def environment(self) -> dict[str, str]:
        """The variables that set it: production's, with what differs."""
        threads = str(self.threads)
        given = {
            "TF_NUM_INTRAOP_THREADS": threads,
            "TF_NUM_INTEROP_THREADS": threads,
            "OMP_NUM_THREADS": threads,
            "OPENBLAS_NUM_THREADS": threads,
            "TF_ENABLE_ONEDNN_OPTS": str(int(self.one_dnn)),
            "TF_DETERMINISTIC_OPS": str(int(self.deterministic)),
        }
        return {**QUIET_TENSORFLOW, **given, **({"ONEDNN_MAX_CPU_ISA": self.isa} if self.isa else {})}


PRODUCTION = "production"
NOISES = {
    PRODUCTION: Noise(title="one thread, oneDNN off, op determinism (as graded)"),
    "two": Noise(title="2 threads", threads=2),
    "four": Noise(title="4 threads", threads=4),
    "onednn": Noise(title="oneDNN on", one_dnn=True),
    "older": Noise(title="oneDNN on, as on a processor without AVX-512", one_dnn=True, isa="AVX2"),
    "loose": Noise(
        title="4 threads, oneDNN on, no op determinism", threads=4, one_dnn=True, deterministic=False
    ),
}
