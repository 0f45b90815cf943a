"""The grader: takes in submissions of a lab, builds and runs them in a sandbox,
stores one result each and makes gradebooks and reports of the results."""

__version__ = "1.0"
