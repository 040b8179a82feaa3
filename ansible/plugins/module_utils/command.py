"""How the modules talk to `trueingress`: always with --json, one document back. Knows its contract, and nothing of states."""

from __future__ import annotations

import json
import os
from collections import namedtuple

# Options of the host, beside `executable`: how the command writes each.
HOST_OPTIONS = {
    'instance': '--instance',
    'netns': '--netns',
    'bpffs': '--bpffs',
    'run_dir': '--run-dir',
    'state_dir': '--state-dir',
}

# Exit codes of the command, as far as something depends on them (README, "Exit codes").
DONE, DIFFERENT, CHANGES, REFUSED, MISSING = 0, 1, 2, 5, 66

STANDARD_INPUT = '-'

Document = namedtuple('Document', 'exit_code fields problems')


def host_spec():
    """Argument specification of what doc_fragments/host.py documents."""
    return {
        'instance': {'type': 'str'},
        'executable': {'type': 'path', 'default': 'trueingress'},
        'netns': {'type': 'str'},
        'bpffs': {'type': 'path'},
        'run_dir': {'type': 'path'},
        'state_dir': {'type': 'path'},
    }


class Command:
    """The command on this host, with what every call says of the host."""

    def __init__(self, module):
        self._module = module
        self._executable = executable_of(module)
        self._host = [
            word for name, flag in HOST_OPTIONS.items() if module.params[name] for word in (flag, module.params[name])
        ]

    def run(self, words, text=None, directory=None, names=None):
        """Runs to the end. `text` is its standard input, `names` what files are called in problems."""
        code, stdout, stderr = self._module.run_command(
            [self._executable, *words, '--json', *self._host],
            data=None if text is None else text.encode(),
            binary_data=True,
            cwd=directory,
            environ_update={'NO_COLOR': '1'},
        )
        try:
            fields = json.loads(stdout)
        except ValueError:
            said = (stderr or stdout).strip() or 'nothing'
            self._module.fail_json(msg=f'{words[0]}: exit code {code} and no JSON document; it said: {said[-1000:]}')
        problems = [named(problem, names or {}) for problem in fields.get('problems', [])]
        return Document(fields['exitCode'], fields, problems)

    def must(self, words, good=(DONE,), **how):
        """The same, and fails the task with the problems when the exit code is another one."""
        document = self.run(words, **how)
        if document.exit_code not in good:
            self.fail(document)
        return document

    def fail(self, document):
        """Ends the task: the first error in `msg`, with its place and hint, all of them in `problems`."""
        self._module.fail_json(
            msg=message_of(document), exit_code=document.exit_code, problems=document.problems, **outcome_of(document)
        )

    def warn(self, documents):
        """Each warning of the command once, as a warning of the task."""
        problems = (problem for document in documents for problem in document.problems)
        for text in dict.fromkeys(problem_text(one) for one in problems if one['severity'] == 'warning'):
            self._module.warn(text)


def executable_of(module):
    """A path as it is; a name is looked up, also in sbin, or the task fails."""
    executable = module.params['executable']
    return executable if os.sep in executable else module.get_bin_path(executable, required=True)


def named(problem, names):
    """The problem with its file called what the user calls it."""
    place = problem.get('place')
    if not place or place['file'] not in names:
        return problem
    return {**problem, 'place': {**place, 'file': names[place['file']]}}


def problem_text(problem):
    """One line: place, message, hint."""
    place = problem.get('place')
    where = f"{place['file']}:{place['line']}:{place['column']}: " if place else ''
    hint = f"; hint: {problem['hint']}" if problem.get('hint') else ''
    return f"{where}{problem['message']}{hint}"


def message_of(document):
    """What a failed task says."""
    errors = [problem for problem in document.problems if problem['severity'] == 'error']
    if not errors:
        return f"{document.fields.get('kind', 'trueingress')}: exit code {document.exit_code}"
    # Those with a place are where the user can do something.
    errors.sort(key=lambda problem: 'place' not in problem)
    more = len(errors) - 1
    return problem_text(errors[0]) + (f' (and {more} more, see problems)' if more else '')


def outcome_of(document):
    """What is known of the host after a run that failed: whether it runs what it ran before."""
    result = document.fields.get('result')
    return {} if result is None else {'result': result, 'generation': document.fields.get('generation')}
