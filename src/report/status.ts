// Status as text and as data: generation, slots, hooks, drift, learned remotes.

import type { Slot } from '../datapath/port.ts';
import type { Live } from '../reconcile/live.ts';
import type { LearnedRemote, Status } from '../reconcile/status.ts';
import { metaStates } from '../tables/meta.ts';
import { columnsOf } from './columns.ts';
import { type Health, healthText } from './health.ts';
import type { Style } from './style.ts';
import { formatAge, hex, isoTime } from './words.ts';

type NameOf = (ifindex: number) => string;

/** @param nowNs CLOCK_REALTIME */
export function statusText(status: Status, health: Health, nameOf: NameOf, nowNs: bigint, style: Style): string {
  const { live, instance, role } = status;
  const generation = live.slot
    ? `generation ${live.slot.meta.generation} in slot ${live.slot.name}, staged ${ageOf(live.slot, nowNs)}`
    : 'nothing is applied';
  const headline = `${style.strong(instance)}${role ? ` (${role})` : ''}: ${generation}`;
  const verdict = healthText(health, Number(nowNs / 1_000_000n), style);
  return [
    `${headline}\n${verdict}${findingLines(status)}\n`,
    columnsOf(
      status.slots.map((slot) => slotRow(slot, live)),
      style,
    ),
    columnsOf(hookRows(status, nameOf), style),
    columnsOf(tunnelRows(status, nowNs), style),
    columnsOf(pathRows(status), style),
    columnsOf(
      Object.entries(status.rowCounts)
        .filter(([, { rows }]) => rows > 0)
        .map(([table, { rows, capacity }]) => ({ table, rows, capacity })),
      style,
    ),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function findingLines({ findings }: Status): string {
  return findings.map(({ message, harmless }) => `\n  ${harmless ? 'note: ' : ''}${message}`).join('');
}

function ageOf({ meta }: Slot, nowNs: bigint): string {
  const age = formatAge(Number((nowNs - meta.timeNs) / 1_000_000n));
  return age === 'now' ? 'just now' : `${age} ago`;
}

function slotRow(slot: Slot, live: Live) {
  return {
    slot: slot.name,
    generation: Number(slot.meta.generation),
    state: stateOf(slot, live),
    build: hex(slot.meta.buildDigest).slice(0, 12),
    source: hex(slot.meta.sourceDigest).slice(0, 12),
  };
}

function stateOf(slot: Slot, live: Live): string {
  if (slot === live.slot) return live.state === 'resting' ? 'resting' : 'live';
  switch (slot.meta.state) {
    case metaStates.staging:
      return 'staging';
    case metaStates.complete:
      return 'complete';
    case metaStates.lived:
      return 'was-live';
    default:
      return 'unknown';
  }
}

function hookRows({ hooks, missingHooks }: Status, nameOf: NameOf) {
  return [
    ...hooks.map(({ interfaceName, direction, kind, slot, programId }) => ({
      interface: interfaceName,
      direction,
      hook: kind,
      slot: slot ?? 'unknown',
      program: programId,
    })),
    ...missingHooks.map(({ ifindex, direction }) => ({
      interface: nameOf(ifindex),
      direction,
      hook: 'none',
      slot: '-',
      program: '-',
    })),
  ];
}

/** Of signed pings only where there are any. */
function tunnelRows({ tunnels }: Status, nowNs: bigint) {
  const areSigned = tunnels.some(({ learned }) => learned?.signedNs !== undefined);
  return tunnels.map(({ id, local, remote, learned }) => ({
    tunnel: id,
    local,
    remote: remote === 'learned' ? (learned?.remote ?? '(not heard yet)') : remote,
    heard:
      remote !== 'learned'
        ? 'static'
        : learned
          ? `${formatAge(learned.ageMs)}${learned.ageMs < 1000 ? '' : ' ago'}${learned.isStale ? ', stale' : ''}`
          : 'never',
    moves: learned?.moves ?? 0,
    ...(areSigned && { signed: signedAge(learned?.signedNs, nowNs) }),
  }));
}

/** By the sender's clock, which may be ahead of ours. */
function signedAge(signedNs: bigint | undefined, nowNs: bigint): string {
  if (signedNs === undefined) return '-';
  const age = formatAge(Math.max(0, Number((nowNs - signedNs) / 1_000_000n)));
  return age === 'now' ? age : `${age} ago`;
}

/** Tunnels whose path carries less than they would send, as a router of the underlay has said. */
function pathRows({ tunnels }: Status) {
  return tunnels.flatMap(({ id, path }) =>
    path ? [{ lowered: `tunnel ${id}`, carries: path.mtuBytes, for: formatAge(path.forMs) }] : [],
  );
}

export function statusFields(status: Status, nameOf: NameOf): Record<string, unknown> {
  const { live } = status;
  return {
    instance: status.instance,
    role: status.role,
    converged: status.converged,
    reasons: status.findings.map(({ message }) => message),
    findings: status.findings,
    state: live.state,
    live: live.slot && { slot: live.slot.name, generation: live.slot.meta.generation },
    slots: status.slots.map((slot) => ({
      slot: slot.name,
      generation: slot.meta.generation,
      state: stateOf(slot, live),
      time: isoTime(slot.meta.timeNs),
      pinned: slot.pinned,
      buildDigest: hex(slot.meta.buildDigest),
      sourceDigest: hex(slot.meta.sourceDigest),
      rowsDigest: hex(slot.meta.rowsDigest),
    })),
    hooks: status.hooks.map(({ interfaceName, ifindex, direction, kind, slot, programId }) => ({
      interface: interfaceName,
      ifindex,
      direction,
      hook: kind,
      slot: slot ?? null,
      programId,
    })),
    missingHooks: status.missingHooks.map(({ ifindex, direction }) => ({
      interface: nameOf(ifindex),
      ifindex,
      direction,
    })),
    rowsDrifted: status.drift !== undefined,
    drift: status.drift?.rows ?? [],
    tables: status.rowCounts,
    services: status.services,
    tunnels: status.tunnels.map(({ id, local, remote, learned, path }) => ({
      id,
      local,
      remote,
      learned: learned ? learnedFields(learned) : null,
      path: path ?? null,
    })),
  };
}

function learnedFields({ remote, ageMs, moves, signedNs, isStale }: LearnedRemote) {
  return { remote, ageMs, moves, stale: isStale ?? null, signed: signedNs === undefined ? null : isoTime(signedNs) };
}
