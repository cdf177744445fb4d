"""Whose a file is: a class's folder, one student's folder, and what a shell makes of ``*``."""

from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.readers.handed_in import HandedIn, gather, owner
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
    """A class, unless it stands in one."""

    @pytest.mark.parametrize(
        "more", [(), ("chi/data.csv", "chi/images/a.png"), ("README", "x.zip", "x.pdf", "em.txt")]
    )
    def test_a_folder_within_a_class_is_its_students(self, tmp_path: Path, more: tuple[str, ...]) -> None:
        """Late work is graded under the name that the class knows; what it was taken for is told."""
        written(tmp_path, *CLASS, *more)

        handed = gather([tmp_path / "chi"])

        assert students(handed) == {"chi": ["homework.ipynb"]}
        assert (handed.others, handed.passed_over) == ({}, ())
        assert f"{tmp_path}/chi is taken for one student's folder" in handed.decision
        assert str(tmp_path / "chi/homework.ipynb") in handed.decision

    def test_the_folder_one_stands_in(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """``grader grade .`` has a name, too."""
        written(tmp_path, *CLASS)
        monkeypatch.chdir(tmp_path / "chi")

        assert students(gather([Path()])) == {"chi": ["homework.ipynb"]}

    @pytest.mark.parametrize(
        "beside", [(), ("exercises/a.yaml", "solutions/a.yaml", "lecture.ipynb", "slides.pdf", "old.zip")]
    )
    def test_the_first_hand_in_of_a_class(self, tmp_path: Path, beside: tuple[str, ...]) -> None:
        """Keeps its student's name when others come; what it was taken for is told."""
        written(tmp_path, "class/an.ipynb", *beside)

        handed = gather([tmp_path / "class"])

        assert students(handed) == {"an": ["an.ipynb"]}
        assert "taken for a class, so the student is an." in handed.decision
        assert "give the folder above it" in handed.decision

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

        handed = gather([tmp_path / "group"])

        assert set(students(handed)) == {"an", "binh"}
        assert handed.decision == ""

    def test_a_link_to_a_class_is_that_class(self, tmp_path: Path) -> None:
        """And nobody's own folder, whatever stands beside the link."""
        written(tmp_path / "term", "an.ipynb")
        written(tmp_path / "class", "binh.ipynb")
        (tmp_path / "class/now").symlink_to(tmp_path / "term")

        assert students(gather([tmp_path / "class/now"])) == {"an": ["an.ipynb"]}


class TestSeveralPaths:
    """What a shell makes of ``*`` is what it stands for."""

    def test_all_entries_of_a_class_are_that_class(self, tmp_path: Path) -> None:
        """Whatever lies in it."""
        names = (*CLASS, "em/one.ipynb", "em/two.ipynb", "README", "zoe.zip", "__pycache__/an.pyc", "x.csv")
        written(tmp_path, *names, "paul.txt")

        whole, listed = gather([tmp_path]), gather(sorted(tmp_path.iterdir()))

        assert students(listed) == students(whole)
        assert listed.others == whole.others
        assert listed.passed_over == whole.passed_over
        assert "one student's folder, as in a class" in listed.decision

    def test_a_folder_of_students_folders_is_a_class(self, tmp_path: Path) -> None:
        """Beside anything."""
        written(tmp_path, "class/an/homework.ipynb", "class/binh/homework.ipynb", "late.ipynb")

        handed = gather([tmp_path / "class", tmp_path / "late.ipynb"])

        assert set(students(handed)) == {"an", "binh", "late"}

    def test_classes_alone_stay_classes(self, tmp_path: Path) -> None:
        """Nothing but folders with several notebooks each; what they were taken for is told."""
        written(tmp_path, "a/an.ipynb", "a/binh.ipynb", "b/chi.ipynb", "b/duy.ipynb")

        handed = gather([tmp_path / "a", tmp_path / "b"])

        assert set(students(handed)) == {"an", "binh", "chi", "duy"}
        assert handed.decision.startswith("Taken for classes")

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
