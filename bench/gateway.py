"""The gateway as ``outcrop serve`` runs it, on a given port."""

import sys

from outcrop.cli.main import root

root.main(["serve", "--port", sys.argv[1]])
