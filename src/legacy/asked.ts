// What words of the old tools ask for, as values. The rooms around: words (text → these), edits (these → changes of a file),
// lines (what the old tools printed), import (scripts and dumps → a file). No room here knows the kernel.
import type { Direction } from '../topology/topology.ts';

/** cli_cfg, cli_tunnel and cli_service. */
export const tools = ['config', 'tunnel', 'service'] as const;
export type Tool = (typeof tools)[number];

/** Some releases of cli_service took the group before the service. */
export type ServiceOrder = 'service-group' | 'group-service';

export interface TunnelItem {
  readonly kind: 'tunnel';
  readonly id: number;
  /** As a file has it: `172.1.0.4:6080`. Not checked: a file's own rules do that. */
  readonly local: string;
  readonly remote: string | 'learned';
}

export interface ServiceItem {
  readonly kind: 'service';
  readonly group: number;
  readonly id: number;
  readonly protocol: string;
  readonly proxy: string;
  /** undefined: not said, which the file then leaves as it is. */
  readonly endpoint: string | undefined;
  readonly tunnel: number;
  readonly key: string;
  /** Index of the interface by which packets enter; 0: any. undefined: not said. */
  readonly ifindex: number | undefined;
}

export interface FlagsItem {
  readonly kind: 'flags';
  /** undefined: that of the default route. */
  readonly interface: string | undefined;
  readonly direction: Direction;
  /** The old number, bits that did nothing included. */
  readonly flags: number;
  readonly instanceId: number | undefined;
  readonly label: string | undefined;
}

export type Item = TunnelItem | ServiceItem | FlagsItem;

/** undefined: all. */
export type Named =
  | { readonly tool: 'config'; readonly interface: string | undefined; readonly direction: Direction | undefined }
  | { readonly tool: 'tunnel'; readonly id: number | undefined }
  | { readonly tool: 'service'; readonly service: { readonly group: number; readonly id: number } | undefined };

export type Asked =
  | { readonly verb: 'get'; readonly named: Named }
  | { readonly verb: 'set'; readonly item: Item }
  | { readonly verb: 'del'; readonly named: Named };

/** Words that are not understood; no key is in it. */
export interface Misspoken {
  readonly fault: string;
  readonly hint: string;
}
