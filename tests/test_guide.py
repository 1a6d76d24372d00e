"""The guide: the same chapters in both languages, and every picture it shows exists, is small and is used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from promo.config import ROOT

GUIDE = ROOT / "docs" / "guide"
CHAPTERS = sorted(path.name.split("-")[0] for path in GUIDE.glob("en/*.md"))
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")
HEAVIEST = 60_000  # bytes
LONGEST = 150  # lines of a chapter


def _chapter(language: str, number: str) -> Path:
    (found,) = GUIDE.glob(f"{language}/{number}-*.md")
    return found


def _shown(language: str) -> list[tuple[str, Path]]:
    """Return every picture of a language's chapters: what it is said to show, and its file."""
    pages = sorted(GUIDE.glob(f"{language}/*.md"))
    return [(alt, (page.parent / name).resolve()) for page in pages for alt, name in PICTURE.findall(page.read_text())]


@pytest.mark.parametrize("number", CHAPTERS)
def test_a_chapter_is_the_same_in_both_languages(number: str) -> None:
    texts = [_chapter(language, number).read_text() for language in ("es", "en")]
    shapes = [re.findall(r"^(#+) ", text, re.M) for text in texts]
    pictures = [[Path(name).name.split(".")[0] for _, name in PICTURE.findall(text)] for text in texts]
    steps = [len(re.findall(r"^\d+\. ", text, re.M)) for text in texts]
    assert shapes[0] == shapes[1]
    assert pictures[0] == pictures[1]
    assert steps[0] == steps[1]
    assert all(len(text.splitlines()) <= LONGEST for text in texts)


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_picture_shown_is_there_in_that_language_and_says_what_it_shows(language: str) -> None:
    shown = _shown(language)
    assert shown
    assert not [name for alt, name in shown if not name.is_file() or not name.name.endswith(f".{language}.png")]
    assert all(len(alt) > 10 for alt, _ in shown)


def test_every_picture_kept_is_shown_and_small() -> None:
    kept = set((GUIDE / "pictures").iterdir())
    assert kept == {name for language in ("es", "en") for _, name in _shown(language)}
    assert not [path.name for path in kept if path.stat().st_size > HEAVIEST]
