// Who runs this command, as far as a process can know.
import { userInfo } from 'node:os';
import type { Who } from '../history/entry.ts';
import { commandName } from './processes.ts';

export function whoRuns(variables: Readonly<Record<string, string | undefined>>): Who {
  return {
    user: userName(),
    sudoUser: variables.SUDO_USER ?? '',
    // "ADDRESS PORT ADDRESS PORT"; sudo keeps neither of them, unless told.
    sshClient: (variables.SSH_CONNECTION ?? variables.SSH_CLIENT ?? '').split(' ')[0] ?? '',
    parent: commandName(process.ppid),
  };
}

/** In a container the user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
