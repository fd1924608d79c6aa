"""Write the pages of docs/reference that say what was tried and how it is known.

    python -m scripts.write_reference

They are made of the recordings, the codecs' own tests and the catalogue: run this when
tests/docs/test_reference.py fails, and read the difference. Each cell that changes is a promise
that changes. Needs the recordings, in the folder that OUTCROP_RECORDINGS names.
"""

import sys
from pathlib import Path

from tests.docs import models_page, recordings_page
from tests.recordings import recordings_root

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"
PAGES = {"models.md": models_page.page, "recordings.md": recordings_page.page}


def main() -> None:
    """Write the files anew."""
    if not recordings_root().is_dir():
        sys.exit(f"no recordings at {recordings_root()}: name their folder in OUTCROP_RECORDINGS")
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")
        print(f"docs/reference/{name}")


if __name__ == "__main__":
    main()
