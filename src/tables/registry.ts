// All configured tables, in the order in which rows are written: what is referred to comes before what refers to it.
import type { ConfiguredTable, LearntTable } from '../datapath/port.ts';
import { allow } from './allow.ts';
import { config } from './config.ts';
import { decap } from './decap.ts';
import { encap } from './encap.ts';
import { flow, fragment, path, peer } from './learned.ts';
import { nat } from './nat.ts';
import { shortHeader } from './short-header.ts';
import type { AnyLearned, AnyTable } from './table.ts';
import { tunnel } from './tunnel.ts';
import { verify } from './verify.ts';

export const tables: readonly AnyTable[] = [config, tunnel, allow, shortHeader, decap, verify, nat, encap];

/** Those that packets are looked up in beside them, and that packets write. */
export const learntTables: readonly AnyLearned[] = [peer, flow, fragment, path];

export function isLearnt(name: string): name is LearntTable {
  return learntTables.some((table) => table.name === name);
}

export function learntTable(name: LearntTable): AnyLearned {
  const table = learntTables.find((one) => one.name === name);
  if (!table) throw new Error(`table ${name} has no descriptor`);
  return table;
}

export function configuredTable(name: ConfiguredTable): AnyTable {
  const table = tables.find((one) => one.name === name);
  if (!table) throw new Error(`table ${name} has no descriptor`);
  return table;
}
