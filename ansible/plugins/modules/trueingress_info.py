#!/usr/bin/python
"""Tells what a host runs; changes nothing."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: trueingress_info
short_description: Tells what of TrueIngress runs on a host
version_added: 0.1.0
author: The trueingress authors
description:
  - Asks the kernel, and the files of history, and changes nothing.
  - A host without an instance is no failure. Subsets that need one are then C(null).
options:
  gather_subset:
    description: What to ask for.
    type: list
    elements: str
    choices: [status, version, history, stats]
    default: [status, version]
extends_documentation_fragment: trueingress.gateway.host
attributes:
  check_mode:
    support: full
    description: It only reads.
seealso:
  - module: trueingress.gateway.trueingress_topology
"""

EXAMPLES = r"""
- name: Is the host as it was told to be?
  trueingress.gateway.trueingress_info:
  register: trueingress

- name: Stop the rollout where it is not
  ansible.builtin.assert:
    that: trueingress.status.converged

- name: Counters and history
  trueingress.gateway.trueingress_info:
    gather_subset: [stats, history]
  register: trueingress
"""

RETURN = r"""
present:
  description: Whether the instance is on the host.
  returned: but for I(gather_subset=[version])
  type: bool
status:
  description: What C(trueingress status --json) says; null without an instance.
  returned: when asked for
  type: dict
  sample: {instance: epic-1, role: gateway, converged: true, state: running, live: {generation: 4, slot: a}}
version:
  description: What C(trueingress version --json) says.
  returned: when asked for
  type: dict
  sample: {version: 0.1.0, kernel: 6.12.0}
history:
  description: Generations that came to run, newest first; null without an instance.
  returned: when asked for
  type: list
  elements: dict
stats:
  description: Counters by hook and verdict, by service and by tunnel; null without an instance.
  returned: when asked for
  type: dict
problems:
  description: Errors and warnings that the commands found.
  returned: always
  type: list
  elements: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.trueingress.gateway.plugins.module_utils.command import DONE, MISSING, Command, host_spec

SUBSETS = ['status', 'version', 'history', 'stats']
# Of every document: they are told once, beside the subsets.
FRAME = ('apiVersion', 'kind', 'exitCode', 'problems')


def main():
    """Ansible's entry."""
    subsets = {'type': 'list', 'elements': 'str', 'choices': SUBSETS, 'default': ['status', 'version']}
    module = AnsibleModule(argument_spec={'gather_subset': subsets, **host_spec()}, supports_check_mode=True)
    command = Command(module)
    documents = {name: command.must([name], good=(DONE, MISSING)) for name in dict.fromkeys(module.params['gather_subset'])}
    there = [one.exit_code == DONE for name, one in documents.items() if name != 'version']
    problems = [problem for one in documents.values() if one.exit_code == DONE for problem in one.problems]
    module.exit_json(
        changed=False,
        problems=problems,
        **({'present': all(there)} if there else {}),
        **{name: told(name, one) for name, one in documents.items()},
    )


def told(name, document):
    """The subset of a document, without its frame."""
    if document.exit_code == MISSING:
        return None
    if name == 'history':
        return document.fields['entries']
    return {field: value for field, value in document.fields.items() if field not in FRAME}


if __name__ == '__main__':
    main()
