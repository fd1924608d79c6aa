"""Ratios against floors and peers, measured in one run: ``make bench``.

The server under test is pinned to one core, load and stub to another. Absolute figures drift from
day to day and from machine to machine; the ratio to nginx forwarding the same bytes does not much.
"""
