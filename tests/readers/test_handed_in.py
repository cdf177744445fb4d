"""Whose a file is: a class's folder, one student's folder, and what a shell makes of ``*``."""

from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.readers.handed_in import HandedIn, gather, of_students, owner
from grader.readers.submissions import find_submissions

CLASS = ("an.ipynb", "binh.py", "chi/homework.ipynb", "chi/notes.txt", "duy/homework.ipynb")


def written(folder: Path, *names: str) -> Path:
    """Write empty files of these names below *folder*."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return folder


def students(handed: HandedIn) -> dict[str, list[str]]:
    """Return each student's files, by name."""
    return {student: [file.name for file in files] for student, files in handed.work.items()}


class TestOneFolder:
    """A class, whatever stands beside it."""

    @pytest.mark.parametrize(
        "beside",
        [
            (),
            ("lecture.ipynb",),
            ("prepare.py", "groups.py", "README.md"),
            ("homework.ipynb", "exam.ipynb", "solutions/a.yaml"),
            ("hw1/an.ipynb", "hw2/an.ipynb"),
        ],
    )
    def test_the_first_hand_in_of_a_class(self, tmp_path: Path, beside: tuple[str, ...]) -> None:
        """Keeps its student's name when others come; what it was taken for is told."""
        written(tmp_path, "class/an.ipynb", *beside)

        handed = gather([tmp_path / "class"])

        assert students(handed) == {"an": ["an.ipynb"]}
        assert "taken for a class, so the student is an." in handed.decision
        assert "--student NAME" in handed.decision

    @pytest.mark.parametrize(
        "names",
        [
            ("an.ipynb", "binh.ipynb"),
            ("an.ipynb", "binh/homework.ipynb"),
            ("an.ipynb", "binh/report.pdf"),
            ("an/a.py", "binh/b.py"),
        ],
    )
    def test_a_class_is_a_class_wherever_it_stands(self, tmp_path: Path, names: tuple[str, ...]) -> None:
        """Several notebooks, or folders with some, are several students'."""
        written(tmp_path / "group", *names)
        written(tmp_path, "late.ipynb", "later.ipynb")

        assert set(students(gather([tmp_path / "group"]))) == {"an", "binh"}

    def test_a_folder_is_no_notebook(self, tmp_path: Path) -> None:
        """Whatever it is called; its owner has one submission, not two."""
        written(tmp_path, "an/homework.ipynb", "an/a.ipynb/b.ipynb", "binh.ipynb")

        assert students(gather([tmp_path]))["an"] == ["homework.ipynb"]

    def test_what_its_name_keeps_from_being_graded_is_named(self, tmp_path: Path) -> None:
        """Files and folders alike, but for what systems leave."""
        written(
            tmp_path, "an.ipynb", "__eve/hw.ipynb", ".mal/hw.py", "__me.py", ".ipynb_checkpoints/an.ipynb"
        )

        handed = gather([tmp_path])

        assert set(handed.work) == {"an"}
        assert [path.name for path in handed.by_name] == [".mal", "__eve", "__me.py"]


class TestOneStudent:
    """``--student``."""

    def test_only_those_named_are_left(self, tmp_path: Path) -> None:
        """Under the name that the class knows, whatever the file is called."""
        written(tmp_path, *CLASS, "zoe.zip")
        whole = gather([tmp_path])

        assert of_students(whole, ()) == whole
        assert students(of_students(whole, ["chi"])) == {"chi": ["homework.ipynb"]}
        assert set(of_students(whole, ["zoe", "an"]).others) == {"zoe"}

    def test_a_stranger_is_met_with_the_nearest(self, tmp_path: Path) -> None:
        """And nothing is graded."""
        written(tmp_path, *CLASS)

        with pytest.raises(UsageError, match="no student bin there; did you mean binh"):
            of_students(gather([tmp_path]), ["bin"])


class TestSeveralPaths:
    """What a shell makes of ``*`` is what it stands for."""

    def test_all_entries_of_a_class_are_that_class(self, tmp_path: Path) -> None:
        """Whatever lies in it: data, scripts beside a notebook, files that are nobody's."""
        names = (*CLASS, "em/one.ipynb", "em/help.py", "em/data/load.py", "README", "zoe.zip", "x.csv")
        written(tmp_path, *names, "__pycache__/an.pyc", "__me.py", "paul.txt")

        whole, listed = gather([tmp_path]), gather(sorted(tmp_path.iterdir()))

        assert listed == whole
        assert students(whole)["em"] == ["one.ipynb"]
        assert [path.name for path in whole.by_name] == ["__me.py"]

    @pytest.mark.parametrize(
        "names",
        [("eve/an/hw.ipynb",), ("eve/part/hw.ipynb",), ("eve/one.ipynb", "eve/two.ipynb")],
    )
    def test_a_students_folder_makes_nobody_elses_work(self, tmp_path: Path, names: tuple[str, ...]) -> None:
        """Before anything is graded, it is told how a class is given; given so, it is one student's."""
        written(tmp_path, "an.ipynb", *names)

        with pytest.raises(UsageError, match="Of a class give its folder") as told:
            gather(sorted(tmp_path.iterdir()))
        assert str(tmp_path / "eve") in str(told.value)
        assert set(students(gather([tmp_path]))) == {"an", "eve"}

    def test_late_work_from_elsewhere(self, tmp_path: Path) -> None:
        """A class's folder stays that class, beside a file from another folder; another class, too."""
        written(tmp_path, "class/an/hw.ipynb", "class/zoe.ipynb", "late/yan.ipynb", "other/term/duy.ipynb")

        paths = [tmp_path / "class", tmp_path / "late/yan.ipynb", tmp_path / "other/term"]
        assert set(students(gather(paths))) == {"an", "zoe", "yan", "duy"}

    def test_a_link_that_leads_nowhere_does_not_stop_the_others(self, tmp_path: Path) -> None:
        """It is for a person, as in the folder itself."""
        written(tmp_path, "an.py")
        (tmp_path / "binh.py").symlink_to(tmp_path / "gone")

        _an, binh = find_submissions([tmp_path / "an.py", tmp_path / "binh.py"], {})

        assert "cannot be read" in binh.undecided


class TestOtherFiles:
    """Neither notebook nor script: for a person where work may be in it, never a zero."""

    def test_what_may_be_a_hand_in_is_its_students(self, tmp_path: Path) -> None:
        """A person is told where to look."""
        written(tmp_path, "an.ipynb", "zoe.zip", "Zoe.PDF", "paul.tar.gz", "zoe.docx")

        handed = gather([tmp_path])
        by_name = {each.student: each for each in find_submissions([tmp_path], {})}

        assert {name: [file.name for file in files] for name, files in handed.others.items()} == {
            "Zoe": ["Zoe.PDF"],
            "paul": ["paul.tar.gz"],
            "zoe": ["zoe.docx", "zoe.zip"],
        }
        assert handed.passed_over == ()
        assert "zoe.docx, zoe.zip: neither notebook nor script" in by_name["zoe"].undecided
        assert by_name["zoe"].path == str(tmp_path / "zoe.docx")
        assert by_name["an"].undecided == ""

    @pytest.mark.parametrize(
        "name", ["README", "README.txt", "requirements.txt", "x.csv", "x.csv.gz", "plot.png", "a.yaml"]
    )
    def test_what_a_course_lays_there_is_nobodys(self, tmp_path: Path, name: str) -> None:
        """It is named, and no more."""
        written(tmp_path, "an.ipynb", name)

        handed = gather([tmp_path])

        assert (handed.others, handed.passed_over) == ({}, (tmp_path / name,))

    @pytest.mark.parametrize("name", [".DS_Store", ".hidden.zip", "__MACOSX/._an.ipynb"])
    def test_what_a_system_leaves_there_is_not_named(self, tmp_path: Path, name: str) -> None:
        """Nobody wants to read it."""
        written(tmp_path, "an.ipynb", name)

        handed = gather([tmp_path])

        assert (handed.others, handed.passed_over, set(handed.work)) == ({}, (), {"an"})

    @pytest.mark.parametrize("work", ["zoe.ipynb", "zoe/homework.ipynb", "zoe/photo.png"])
    def test_beside_a_students_own_work_it_is_passed_over(self, tmp_path: Path, work: str) -> None:
        """What counts is there, or is missed there already."""
        written(tmp_path, "an.ipynb", work, "zoe.zip")

        handed = gather([tmp_path])

        assert (handed.others, handed.passed_over) == ({}, (tmp_path / "zoe.zip",))

    @pytest.mark.parametrize("name", ["paul.txt", "README", "x.zip"])
    def test_named_alone_there_is_nothing_to_grade(self, tmp_path: Path, name: str) -> None:
        """It used to be a notebook of broken JSON, and a zero."""
        written(tmp_path, name)

        with pytest.raises(UsageError, match=r"no notebooks \(\.ipynb\) or scripts \(\.py\) in"):
            gather([tmp_path / name])

    @pytest.mark.parametrize(
        ("name", "student"),
        [("zoe.zip", "zoe"), ("zoe.ipynb.zip", "zoe"), ("J. Doe.pdf", "J. Doe"), ("paul.TAR.gz", "paul")],
    )
    def test_a_files_name_is_its_students(self, name: str, student: str) -> None:
        """Without all of its endings."""
        assert owner(Path(name)) == student
