"""How a technique that exhausts something is made."""

from grader.redteam.technique import Family, Technique


def exhausts(
    name: str, *cells: str, source: str = "attacks 29", own_loss: bool = False, slow: bool = False
) -> Technique:
    """Return a technique that uses something up; it asks the vault only to be called."""
    return Technique(
        name=name,
        family=Family.EXHAUSTS,
        source=source,
        cells=cells,
        targets={"vault": 0.0},
        own_loss=own_loss,
        slow=slow,
    )
