// A script of old commands, told to a state line by line. What it only asks (get, show) changes nothing and is passed over.
import type { Asked, ServiceOrder } from './asked.ts';
import { doubtsOf } from './doubts.ts';
import { type OldState, type Origin, take } from './found.ts';
import { orderOf } from './order.ts';
import { readPfc } from './pfc.ts';
import { readScript, type ShellCommand } from './shell.ts';
import { shortenedKey } from './short-key.ts';
import { toolOf } from './tool-names.ts';
import { readWords } from './words.ts';

export function importScript(state: OldState, file: string, text: string, told: ServiceOrder | undefined): void {
  const script = readScript(text);
  const found = orderOf(file, script, told);
  if (found) state.assumptions.push(found.assumption);
  for (const command of script.commands) {
    const origin = { file, line: command.line };
    importCommand(state, command, origin, found?.order ?? 'service-group');
  }
}

function importCommand(state: OldState, command: ShellCommand, origin: Origin, order: ServiceOrder): void {
  const [program, ...rest] = command.words;
  const name = program?.text.replace(/^.*\//, '') ?? '';
  const leave = (reason: string) =>
    state.left.push({ origin, text: command.source, reason, isSecret: /service|pfc/.test(command.source) });
  const tool = toolOf(name);
  const isPfc = /^(pfc_(add|start)|attach_tc|port_init)(\.sh)?$|^gue_ping_svc_auto/.test(name);
  if (!tool && !isPfc) {
    if (
      /\b(cli_(cfg|tunnel|service) +(set|del)|pfc_(add|delete|start))\b/.test(command.source) &&
      !hasOwnCommand(command)
    )
      leave('it stands inside another command: give what runs on this host as a script of its own');
    return;
  }
  const verb = rest[0]?.text ?? '';
  if (tool && (verb === 'get' || verb === 'list')) return;
  const unknown = rest.find((word) => word.unknown !== undefined)?.unknown;
  if (unknown !== undefined) {
    leave(`${unknown} is known only where it runs`);
    return;
  }
  const words = rest.map((word) => word.text);
  if (!tool) {
    readPfc(state, name.replace(/\.sh$/, ''), words, origin, leave);
    return;
  }
  const asked = readWords(tool, words, order);
  if ('fault' in asked) {
    leave(missingKey(tool, words) ?? asked.fault);
    return;
  }
  if (verb === 'set-gw') state.saidRole = 'gateway';
  if (verb === 'set-node') state.saidRole = 'node';
  const doubts = asked.verb === 'set' && asked.item.kind === 'service' ? doubtsOf(asked.item) : [];
  // Its words are not where they seem to be, and one of them is a key: none may be written as anything else.
  if (doubts.length > 0) leave(doubts.join(', and '));
  else carry(state, asked, origin);
}

/** The whole line is looked at, and its other commands are read by themselves. */
function hasOwnCommand({ source }: ShellCommand): boolean {
  return !/(docker|kubectl|ssh|nsenter|ip netns|bash|sh)\b.*(cli_|pfc_)/.test(source);
}

function missingKey(tool: string, words: readonly string[]): string | undefined {
  const isShort = tool === 'service' && /^set-(gw|node)$/.test(words[0] ?? '') && words.length < 7;
  return isShort ? 'it names no key, or no address: write the service by hand' : undefined;
}

function carry(state: OldState, asked: Asked, origin: Origin): void {
  if (asked.verb === 'get') return;
  if (asked.verb === 'del') {
    const { named } = asked;
    if (named.tool === 'tunnel') remove(state.tunnels, named.id);
    else if (named.tool === 'service')
      remove(state.services, named.service && `${named.service.group}/${named.service.id}`);
    else
      for (const key of [...state.flags.keys()])
        if (!named.interface || key.startsWith(`${named.interface} `)) state.flags.delete(key);
    return;
  }
  const { item } = asked;
  const short = item.kind === 'service' ? shortenedKey(item.key) : undefined;
  if (item.kind === 'service' && short) {
    const remark = `the first 16 bytes of a key of ${short.bytes}, as cli_service took it`;
    take(state, { ...item, key: short.key }, origin, [remark]);
  } else take(state, item, origin);
}

function remove<Key>(map: Map<Key, unknown>, key: Key | undefined): void {
  if (key === undefined) map.clear();
  else map.delete(key);
}
