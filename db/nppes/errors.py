"""What can go wrong in a load, each with a message meant for the person who started it.

LoadError
  NotLoadableError       a path that holds nothing to load
  BrokenFileError        a file that can't be read to its end as what it claims to be
  RowsRejectedError      more rejected rows than the caller allows
  RefusedError           the directory is in a state in which this load would do harm
  NotWritableError       the list of rejected rows can't be written
  DatabaseGoneError      the connection was lost
"""


class LoadError(Exception):
    """A load can't go on; nothing of the file it was at has been written."""


class NotLoadableError(LoadError):
    """A path doesn't exist, or there is nothing in it that CMS publishes and this loads."""


class BrokenFileError(LoadError):
    """A file isn't what it claims to be: no ZIP, cut short, of another kind, without a column, no text."""


class RowsRejectedError(LoadError):
    """A file has more rejected rows than the caller allows."""


class NotWritableError(LoadError):
    """The file that lists rejected rows can't be written: its disk is full, or its folder isn't there."""


class RefusedError(LoadError):
    """The directory is in a state in which this load would do harm, or another load is running."""


class DatabaseGoneError(LoadError):
    """The connection to the database was lost during the load."""
