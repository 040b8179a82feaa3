"""The controller's half of trueingress_topology: reads what is here, and confirms over a connection made after the change."""

from __future__ import annotations

import json

from ansible.errors import AnsibleError, AnsibleActionFail
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.plugins.connection import ConnectionBase

MODULE = 'trueingress.gateway.trueingress_topology'
# What the module is told to find the instance again.
OF_HOST = ('executable', 'netns', 'bpffs', 'run_dir', 'state_dir', 'lock_timeout')


class ActionModule(ActionBase):
    """Ansible finds it by the name of the module."""

    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        """The module, and once more where something is to be confirmed."""
        result = super().run(tmp, task_vars)
        del tmp
        arguments = self._with_texts(dict(self._task.args))
        result.update(self._execute_module(module_name=MODULE, module_args=arguments, task_vars=task_vars))
        wanted = boolean(arguments.get('confirm', False), strict=False)
        if wanted and 'confirmation' in result and not result.get('failed'):
            self._confirm(arguments, result, task_vars)
        return result

    def _with_texts(self, arguments):
        """Texts of the controller in place of files; a mapping as JSON, which is YAML: as one text it can be hidden."""
        if arguments.get('src') is not None and not boolean(arguments.get('remote_src', False), strict=False):
            if arguments.get('content') is not None:
                raise AnsibleActionFail('parameters are mutually exclusive: src|content')
            arguments.setdefault('label', arguments['src'])
            arguments['content'] = self._read(arguments.pop('src'))
        elif arguments.get('content') is not None:
            arguments['content'] = as_text(arguments['content'])
        if isinstance(arguments.get('peers'), list):
            arguments['peers'] = [
                {**peer, 'content': as_text(peer.get('content'))} if isinstance(peer, dict) else peer
                for peer in arguments['peers']
            ]
        return arguments

    def _read(self, source):
        try:
            path = self._loader.get_real_file(self._find_needle('files', source), decrypt=True)
            with open(path, encoding='utf-8') as file:
                return file.read()
        except (AnsibleError, OSError, UnicodeError) as error:
            raise AnsibleActionFail(f'src: {error}') from error

    def _confirm(self, arguments, result, task_vars):
        """What was open before the change proves nothing. When no new connection comes about, the host goes back by itself."""
        if type(self._connection).reset is not ConnectionBase.reset:  # A local one has nothing to make anew, and warns.
            self._connection.reset()
        again = {name: arguments[name] for name in OF_HOST if arguments.get(name) is not None}
        again.update(state='confirmed', instance=result['instance'])
        answer = self._execute_module(module_name=MODULE, module_args=again, task_vars=task_vars)
        if answer.get('failed') or answer.get('unreachable'):
            result.update(answer)
            return
        result.pop('confirmation')
        result['confirmed'] = answer['confirmed']


def as_text(content):
    """As it is, or as JSON."""
    return json.dumps(content) if isinstance(content, (dict, list)) else content
