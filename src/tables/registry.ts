// All configured tables, in the order in which rows are written: what is referred to comes before what refers to it.
import { config } from './config.ts';
import { decap } from './decap.ts';
import { encap } from './encap.ts';
import { nat } from './nat.ts';
import type { AnyTable } from './table.ts';
import { tunnel } from './tunnel.ts';
import { verify } from './verify.ts';

export const tables: readonly AnyTable[] = [config, tunnel, decap, verify, nat, encap];
