"""Options that both modules take: which command, which host's tables. One text for both documents."""

from __future__ import annotations


class ModuleDocFragment:
    """Read by ansible-doc and by Ansible itself under this name."""

    DOCUMENTATION = r"""
options:
  instance:
    description:
      - Which instance.
      - Not needed where a topology names it, or where the host has one only.
      - With a topology it must be the name that the topology has.
    type: str
  executable:
    description: The command, by name or by path.
    type: path
    default: trueingress
  netns:
    description: Network namespace to work in, by name. Default is that of the connection.
    type: str
  bpffs:
    description: Where bpffs is mounted. Default is C(/sys/fs/bpf).
    type: path
  run_dir:
    description: Where locks are. Default is C(/run/trueingress).
    type: path
  state_dir:
    description: Where history is. Default is C(/var/lib/trueingress).
    type: path
requirements:
  - trueingress on the host
  - root on the host, but for I(state=validated)
"""
