"""Settings: the texts of environment and files in, values with their origin out.

Place in the house: floor 3. Pure: the environment and the content of files are arguments, and
every value remembers where it was set.
"""
