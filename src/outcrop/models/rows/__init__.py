"""The rows of the catalogue, one file a vendor or a group of vendors.

Place in the house: models. Data only; `models.catalogue` finds the row of an id.
"""

from typing import Final

from outcrop.models.rows import (
    amazon,
    claude,
    claude_older,
    media,
    meta,
    mistral,
    open_weights,
    openai,
    others,
)

ROWS: Final = (
    *claude.ROWS,
    *claude_older.ROWS,
    *amazon.ROWS,
    *meta.ROWS,
    *mistral.ROWS,
    *openai.ROWS,
    *open_weights.ROWS,
    *others.ROWS,
    *media.ROWS,
)
"""Every card there is."""
