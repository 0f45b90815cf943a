"""The one exception that the command line shows to its user."""


class GraderError(Exception):
    """One sentence that names the thing that is wrong and the mend."""


class StoreError(GraderError):
    """A result could not be written (disk full, no permission)."""
