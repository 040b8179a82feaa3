// Tunnels and services of a scene, for packets in words that come through them.
import { remoteOf } from '../../packet/model/remote.ts';
import type { ModelService, ModelTables } from '../../packet/model/tables.ts';
import type { TunnelDirectory } from '../../packet/words/outer.ts';
import { modelTables, serviceOf } from '../../tables/asked/configured.ts';
import { keyAt, type Rows, valueAt } from '../../tables/rows.ts';
import { verify } from '../../tables/verify.ts';
import { accessOver } from './access.ts';
import type { Scene } from './scene.ts';

/** @param nowNs CLOCK_REALTIME */
export function directoryOf(
  { constants, rows, learned }: Pick<Scene, 'constants' | 'rows' | 'learned'>,
  nowNs: () => bigint,
): TunnelDirectory {
  const nobodyKnows = { nowNs, taiNs: nowNs, fib: () => ({ kind: 'refused' }) as const };
  const tables: ModelTables = modelTables(constants, accessOver(rows, learned), nobodyKnows);
  return {
    role: tables.role,
    tunnel: tables.tunnel,
    learnedRemote: (tunnel) => remoteOf(tables, tunnel),
    service: tables.service,
    services: () => servicesIn(rows.verify),
    nowNs,
  };
}

/** Keys are in network byte order: their order is that of the numbers. */
function* servicesIn(rows: Rows): Generator<ModelService> {
  const order = Array.from({ length: rows.count }, (_, at) => at).sort((a, b) =>
    Buffer.compare(keyAt(rows, a), keyAt(rows, b)),
  );
  for (const at of order) yield serviceOf(verify.key.decode(keyAt(rows, at)), verify.value.decode(valueAt(rows, at)));
}
