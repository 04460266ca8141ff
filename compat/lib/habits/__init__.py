"""Small VCF texts with the habits of tools and databases whose files are not in the corpus.

Written here after what the named documentation, source code or public header says; no record is copied. In a record a
blank stands for a tab. Each is (text, habit); what it gives is not said here: expect.py reads it.
"""

from __future__ import annotations

from habits.callers import CALLERS
from habits.databases import DATABASES

HABITS = {**CALLERS, **DATABASES}
