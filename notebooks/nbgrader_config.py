"""Settings for nbgrader, which counts points for answers: one for each exercise that is right; reasons are not marked.

With the environment of the workbook active (`source .venv/bin/activate`), once:

    pip install -e ".[grading]"
    mkdir -p course/source/book
    cp notebooks/*.ipynb notebooks/*.md course/source/book
    cp notebooks/nbgrader_config.py course

In the folder `course`, `nbgrader generate_assignment book` writes release/book: the same copies as `loyalty
student-copies`, of which either may be handed out. What comes back goes into submitted/NAME/book; then

    nbgrader autograde book
    nbgrader export

writes grades.csv. Students with worlds of their own are graded one by one, each with his seed; or numbers typed in
would be held against the worlds of another:

    LOYALTY_READER_SEED=7 nbgrader autograde book --student NAME
"""

from simulator.workbook import ANSWER_HERE

c = get_config()  # noqa: F821 - nbgrader puts it here

c.ClearSolutions.code_stub = {"python": ANSWER_HERE}  # its own would raise in the answer cell
c.Execute.timeout = 300  # seconds a cell: a comparison of many stores takes long on a slow machine
