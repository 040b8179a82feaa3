#!/usr/bin/python
"""Makes a host what a topology says, or tells what that would change."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: trueingress_topology
short_description: Makes a host the TrueIngress gateway or node that a topology says
version_added: 0.1.0
author: The trueingress authors
description:
  - Compares a topology with what the kernel runs, proves the difference with packets of its own, and switches to it at once.
  - Nothing is activated when a problem or a failed probe is found. The task then fails and the host runs what it ran before.
  - A task is C(changed) only when something on the host was changed. The text of a file does not count, rows and hooks do.
  - Keys of services are in no result, message or difference.
options:
  src:
    description:
      - Topology file.
      - On the controller, looked for as M(ansible.builtin.copy) does, and decrypted where Ansible Vault has encrypted it.
      - With I(remote_src=true) a file or a directory on the host.
    type: path
  remote_src:
    description: Whether I(src) is on the host.
    type: bool
    default: false
  content:
    description:
      - Topology as a text, or as a mapping.
      - Mutually exclusive with I(src).
    type: str
  label:
    description:
      - What problems call the text when it comes from the controller.
      - Default is I(src), or C(content).
    type: str
  key_directory:
    description:
      - Directory on the host to which paths of keys are relative when the text comes from the controller.
      - Those of a file on the host are relative to the file.
    type: path
    default: /etc/trueingress
  state:
    description:
      - C(present) applies the topology.
      - C(planned) tells what C(present) would change, and changes nothing.
      - C(validated) reads the topology alone. It needs no root, no kernel and no keys.
      - C(confirmed) keeps what an earlier task applied with I(confirm_within), and fails when that came too late.
      - C(reverted) runs the generation before this one again, or I(generation). Without I(generation) each run is a change.
      - C(absent) takes everything of I(instance) off the host. On a gateway, traffic to its services then leaves in the clear.
    type: str
    choices: [present, planned, validated, confirmed, reverted, absent]
    default: present
  peers:
    description:
      - Topologies of hosts at the other end of tunnels. They are held against this one before anything else.
      - The task fails when packets between them would be lost.
    type: list
    elements: dict
    suboptions:
      name:
        description: What problems call it.
        type: str
        required: true
      content:
        description: Topology as a text, or as a mapping.
        type: str
        required: true
  confirm_within:
    description:
      - The host goes back by itself to what it ran before, unless it is told in this time that all is well, C(120s) for instance.
      - See I(confirm), I(confirm_probe) and I(state=confirmed).
    type: str
  confirm:
    description:
      - Confirm over a connection that is made anew after the change. Whoever is cut off by the change does not confirm it.
      - Needs I(confirm_within).
    type: bool
    default: false
  confirm_probe:
    description:
      - Confirm when this command succeeds, run by C(sh) on the host again and again.
      - C(learned) confirms when every tunnel whose remote was known has been heard again.
    type: str
  wait:
    description: Stay until the change is confirmed or taken back. The task fails when it was taken back.
    type: bool
    default: false
  max_deletions:
    description:
      - How many interfaces, tunnels and services may go, C(5) or C(50%).
      - Default is C(30%) where there are ten or more.
    type: str
  allow_empty:
    description: Whether a topology without tunnels and services may take all of them away.
    type: bool
    default: false
  allow_cut_ssh:
    description: Whether the change may cut the ssh connection that the task runs in.
    type: bool
    default: false
  policy:
    description:
      - C(sync) takes away what the topology does not have.
      - C(upsert-only) deletes nothing, C(create-only) deletes and changes nothing.
    type: str
    choices: [sync, upsert-only, create-only]
    default: sync
  probe:
    description: How many changed services are probed, a number or C(all). Default is C(1000).
    type: str
  lock_timeout:
    description: How long to wait for another run. Default is C(10s).
    type: str
  generation:
    description: With I(state=reverted), an older generation, out of the history of the host.
    type: int
extends_documentation_fragment: trueingress.gateway.host
attributes:
  check_mode:
    support: full
    description: Plans and compares. What only staging finds out, such as an unmet expectation, it does not see.
  diff_mode:
    support: full
    description: What is live and what is wanted, as YAML. Keys are C((sensitive)), or C((another-key)) where they differ.
  action:
    support: full
    description: Reads I(src) on the controller, and confirms over a new connection.
seealso:
  - module: trueingress.gateway.trueingress_info
"""

EXAMPLES = r"""
- name: Make this host a gateway
  trueingress.gateway.trueingress_topology:
    src: gateway.yaml

- name: Apply a template, and go back unless this controller reaches the host afterwards
  trueingress.gateway.trueingress_topology:
    content: "{{ lookup('ansible.builtin.template', 'gateway.yaml.j2') }}"
    confirm_within: 120s
    confirm: true

- name: Apply for two minutes, look from outside, and keep it
  block:
    - trueingress.gateway.trueingress_topology:
        src: gateway.yaml
        confirm_within: 120s
    - ansible.builtin.uri:
        url: http://192.0.2.1:3100/
      delegate_to: localhost
    - trueingress.gateway.trueingress_topology:
        state: confirmed
  rescue:
    - trueingress.gateway.trueingress_topology:
        state: reverted

- name: What would change, and does the node at the other end agree?
  trueingress.gateway.trueingress_topology:
    src: gateway.yaml
    state: planned
    peers:
      - name: node-1
        content: "{{ lookup('ansible.builtin.file', 'node.yaml') }}"
  register: planned

- name: Take an instance off the host
  trueingress.gateway.trueingress_topology:
    instance: epic-1
    state: absent
"""

RETURN = r"""
instance:
  description: Name of the instance.
  returned: success
  type: str
  sample: epic-1
result:
  description:
    - What the command did.
    - After a failure, C(not-activated) and C(reverted) say that the host runs what it ran before, C(stuck) that it does not.
  returned: when something was applied or reverted, also on failure
  type: str
  sample: applied
generation:
  description: Generation that is live; with I(state=planned) and in check mode, the one that would be.
  returned: success, but for states absent and validated
  type: int
  sample: 4
pending:
  description: Whether an apply would change something.
  returned: with I(state=planned)
  type: bool
counts:
  description: How many interfaces, tunnels and services are added, changed and deleted.
  returned: states present, planned and reverted
  type: dict
  sample: {add: 1, change: 0, delete: 0}
changes:
  description: Each change of an interface, a tunnel, a service, with its fields and its line; keys are C((sensitive)).
  returned: states present, planned and reverted
  type: list
  elements: dict
  sample:
    - action: update
      kind: tunnel
      id: "100"
      fields: [{field: remote, before: "172.1.0.3:6080", after: "172.1.0.8:6080"}]
      place: {file: gateway.yaml, line: 8, column: 5}
hooks:
  description: Programs that are attached, switched and detached.
  returned: states present, planned and reverted
  type: list
  elements: dict
confirmation:
  description: What waits for a confirmation, and until when.
  returned: with I(confirm_within), when something changed and was not confirmed yet
  type: dict
confirmed:
  description: Whether the change was confirmed.
  returned: with I(confirm), when something changed; with I(state=confirmed)
  type: bool
problems:
  description: Errors and warnings with code, message, place and hint.
  returned: always
  type: list
  elements: dict
  sample:
    - code: tunnel-not-found
      severity: error
      message: service "web" uses tunnel 17, which is not defined
      place: {file: gateway.yaml, line: 18, column: 13}
      hint: defined tunnels are 7 and 9
exit_code:
  description: Exit code of the command. The documentation of trueingress says what each means.
  returned: failure
  type: int
  sample: 65
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.trueingress.gateway.plugins.module_utils.command import (
    CHANGES,
    DIFFERENT,
    DONE,
    MISSING,
    REFUSED,
    STANDARD_INPUT,
    Command,
    Document,
    host_spec,
)

# Words of `apply` that `plan` understands as well.
GUARDS = {'policy': '--policy', 'max_deletions': '--max-deletions'}
APPLIES = {
    'lock_timeout': '--lock-timeout',
    'probe': '--probe',
    'confirm_within': '--confirm-within',
    'confirm_probe': '--confirm-probe',
}
# A plan only warns of what an apply is refused for; whoever predicts the apply must fail as it would.
REFUSALS = frozenset(['would-empty', 'too-many-deletions', 'interface-bared'])
FROM_A_TOPOLOGY = ('present', 'planned', 'validated')


def main():
    """Ansible's entry."""
    module = AnsibleModule(
        argument_spec=argument_spec(),
        supports_check_mode=True,
        mutually_exclusive=[('src', 'content')],
        required_if=[
            *((('state', state, ('src', 'content'), True)) for state in FROM_A_TOPOLOGY),
            ('confirm', True, ('confirm_within',)),
            ('wait', True, ('confirm_within',)),
            ('state', 'absent', ('instance',)),
        ],
        required_by={'confirm_probe': ('confirm_within',)},
    )
    module.exit_json(**STATES[module.params['state']](module, Command(module)))


def argument_spec():
    """What DOCUMENTATION says, for Ansible to check."""
    text = {'type': 'str'}
    switch = {'type': 'bool', 'default': False}
    # Whole texts are hidden, in which keys are; no_log on a mapping would hide each of its words in every message.
    hidden = {'type': 'str', 'no_log': True}
    return {
        'src': {'type': 'path'},
        'remote_src': switch,
        'content': hidden,
        'label': text,
        'key_directory': {'type': 'path', 'default': '/etc/trueingress', 'no_log': False},
        'state': {'type': 'str', 'choices': list(STATES), 'default': 'present'},
        'peers': {
            'type': 'list',
            'elements': 'dict',
            'options': {'name': {'type': 'str', 'required': True}, 'content': {**hidden, 'required': True}},
        },
        'confirm_within': text,
        'confirm': switch,
        'confirm_probe': text,
        'wait': switch,
        'max_deletions': text,
        'allow_empty': switch,
        'allow_cut_ssh': switch,
        'policy': {'type': 'str', 'choices': ['sync', 'upsert-only', 'create-only'], 'default': 'sync'},
        'probe': text,
        'lock_timeout': text,
        'generation': {'type': 'int'},
        **host_spec(),
    }


class Topology:
    """The text that the task is about: how the command reads it, and what problems call it."""

    def __init__(self, params):
        self.label = params['label'] or params['src'] or 'content'
        self.text = params['content']
        # A directory that is not there yet has no keys in it either.
        at = params['key_directory']
        self.directory = at if self.text is not None and os.path.isdir(at) else None
        self.file = params['src'] if self.text is None else STANDARD_INPUT

    def asked(self, words, **names):
        """What Command.run takes for a command of this topology."""
        return {
            'words': [*words, '--file', self.file],
            'text': self.text,
            'directory': self.directory,
            'names': {STANDARD_INPUT: self.label, **names},
        }


def present(module, command):
    """Applies; in check mode, plans."""
    topology = Topology(module.params)
    agreed = agreement(module, command, topology)
    sides = difference(module, command, topology)
    words = ['apply', '--detailed-exitcode', *guards(module.params), *valued(module.params, APPLIES)]
    words += [f'--{name.replace("_", "-")}' for name in ('allow_cut_ssh', 'wait') if module.params[name]]
    if module.check_mode:
        words.append('--dry-run')
    document = command.must(good=(DONE, CHANGES), **topology.asked(words))
    plan = document.fields
    if module.check_mode:
        fail_where_refused(command, document)
    else:
        plan = document.fields['plan']
    command.warn([*agreed, document])
    return {
        'changed': document.exit_code == CHANGES,
        'generation': document.fields['generation'],
        **part_of(document.fields, 'instance', 'result', 'confirmation'),
        **part_of(plan, 'counts', 'hooks'),
        'changes': changes_of(plan, topology),
        'problems': document.problems,
        **sides,
    }


def planned(module, command):
    """What `present` would do."""
    topology = Topology(module.params)
    agreed = agreement(module, command, topology)
    sides = difference(module, command, topology)
    words = ['plan', '--detailed-exitcode', *guards(module.params)]
    document = command.must(good=(DONE, CHANGES), **topology.asked(words))
    command.warn([*agreed, document])
    return {
        'changed': False,
        'pending': document.exit_code == CHANGES,
        **part_of(document.fields, 'instance', 'generation', 'counts', 'hooks'),
        'changes': changes_of(document.fields, topology),
        'problems': document.problems,
        **sides,
    }


def validated(module, command):
    """Problems of the text, or none."""
    topology = Topology(module.params)
    agreed = agreement(module, command, topology)
    document = command.must(**topology.asked(['validate']))
    command.warn([*agreed, document])
    return {'changed': False, 'problems': document.problems, **part_of(document.fields, 'instance')}


def confirmed(module, command):
    """Keeps what is live for a while only; nothing that waits is nothing to do."""
    if module.check_mode:
        status = command.must(['status'], good=(DONE, MISSING))
        waits = 'confirmation' in status.fields
        return {'changed': waits, 'problems': [], **part_of(status.fields, 'instance')}
    document = command.must(['confirm', *valued(module.params, {'lock_timeout': '--lock-timeout'})])
    return {
        'changed': document.fields['result'] == 'confirmed',
        'confirmed': document.fields['result'] != 'nothing',
        'problems': document.problems,
        **part_of(document.fields, 'instance', 'generation', 'result'),
    }


def reverted(module, command):
    """The generation before, or one of the history."""
    number = module.params['generation']
    words = ['revert', *([] if number is None else [str(number)]), '--detailed-exitcode']
    words += valued(module.params, {'lock_timeout': '--lock-timeout'})
    document = command.must(words + (['--dry-run'] if module.check_mode else []), good=(DONE, CHANGES))
    plan = document.fields.get('plan', document.fields)
    command.warn([document])
    return {
        'changed': document.exit_code == CHANGES,
        'problems': document.problems,
        **part_of(document.fields, 'instance', 'generation', 'result'),
        **part_of(plan, 'counts', 'changes', 'hooks'),
    }


def absent(module, command):
    """Everything of the instance off the host; whoever says so has said yes."""
    instance = module.params['instance']
    status = command.must(['status'], good=(DONE, MISSING))
    there = status.exit_code == DONE
    before = command.must(['export']).fields.get('topology', '') if there and module._diff else ''
    problems = []
    if there and not module.check_mode:
        words = ['remove', '--yes', *valued(module.params, {'lock_timeout': '--lock-timeout'})]
        problems = command.must(words).problems
    sides = {'diff': diff_of(before, '', instance)} if module._diff else {}
    return {'changed': there, 'instance': instance, 'problems': problems, **sides}


STATES = {
    'present': present,
    'planned': planned,
    'validated': validated,
    'confirmed': confirmed,
    'reverted': reverted,
    'absent': absent,
}


def agreement(module, command, topology):
    """Holds the topology against those of its peers; fails the task where they disagree."""
    names, words = {}, ['lint']
    for number, peer in enumerate(module.params['peers'] or []):
        path = os.path.join(module.tmpdir, f'peer-{number}.yaml')
        write_private(path, peer['content'])
        names[path] = peer['name']
        words += ['--peer', path]
    return [command.must(**topology.asked(words, **names))] if names else []


def write_private(path, text):
    """Keys are in it."""
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), 'w', encoding='utf-8') as file:
        file.write(text)


def difference(module, command, topology):
    """With --diff, what is live and what is wanted. Asked before anything is changed."""
    if not module._diff:
        return {}
    words = ['diff', '--policy', module.params['policy']]
    fields = command.must(good=(DONE, DIFFERENT), **topology.asked(words)).fields
    return {'diff': diff_of(fields['live'], fields['desired'], fields['instance'])}


def diff_of(before, after, instance):
    """As Ansible shows it."""
    return {
        'before': before,
        'after': after,
        'before_header': f'{instance} (live)',
        'after_header': f'{instance} (wanted)',
    }


def fail_where_refused(command, plan):
    """An apply fails for it, so its prediction does."""
    if plan.exit_code == CHANGES:
        status = command.must(['status', '--instance', plan.fields['instance']], good=(DONE, MISSING))
        if 'confirmation' in status.fields:
            command.fail(refused_by(status.fields['confirmation']))
    if any(problem['code'] in REFUSALS for problem in plan.problems):
        problems = [
            {**problem, 'severity': 'error'} if problem['code'] in REFUSALS else problem for problem in plan.problems
        ]
        command.fail(Document(plan.exit_code, plan.fields, problems))


def refused_by(waiting):
    """What an apply says to somebody who would stage over a change that waits."""
    message = f"generation {waiting['generation']} is not confirmed yet (applied by {waiting['by']}): nothing may be staged"
    problem = {'code': 'unconfirmed', 'severity': 'error', 'message': message}
    return Document(REFUSED, {}, [problem])


def guards(params):
    """Options that allow what is more often an accident."""
    return [*valued(params, GUARDS), *(['--allow-empty'] if params['allow_empty'] else [])]


def valued(params, flags):
    """Options that the task gives, as words."""
    return [word for name, flag in flags.items() if params[name] is not None for word in (flag, params[name])]


def changes_of(plan, topology):
    """With places called as problems call them."""
    names = {STANDARD_INPUT: topology.label}
    return [
        {**change, 'place': {**change['place'], 'file': names.get(change['place']['file'], change['place']['file'])}}
        if 'place' in change
        else change
        for change in plan['changes']
    ]


def part_of(fields, *names):
    """Those of the fields that are there."""
    return {name: fields[name] for name in names if name in fields}


if __name__ == '__main__':
    main()
