"""python3 -m grader"""

import sys

if sys.version_info < (3, 11):
    sys.exit("grader: needs Python 3.11; start it with /usr/bin/python3")

from grader.cli import main  # noqa: E402

sys.exit(main())
