// The old tools by the names of their programs.
import type { Tool } from './asked.ts';

export const namesakes: Readonly<Record<string, Tool>> = {
  cli_cfg: 'config',
  cli_tunnel: 'tunnel',
  cli_service: 'service',
};

/** `/opt/acnodal/bin/cli_tunnel` → tunnel. */
export function toolOf(path: string | undefined): Tool | undefined {
  const name = path?.slice(path.lastIndexOf('/') + 1) ?? '';
  return Object.hasOwn(namesakes, name) ? namesakes[name] : undefined;
}
