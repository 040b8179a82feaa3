// Kernel objects by id, for one survey: what they are, and how to open them. A pin is preferred to the id, since opening by
// id takes CAP_SYS_ADMIN; the id is checked, so that a pin that was exchanged meanwhile is never mistaken.
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { type Btf, parseBtf } from '../../layout/btf.ts';
import {
  btfById,
  type MapInfo,
  mapInfo,
  openMapById,
  openPin,
  openProgramById,
  type ProgramInfo,
  programInfo,
  withDescriptor,
} from '../../native/descriptors.ts';
import { errno, failure } from '../../native/errno.ts';
import { lookup, type OpenMap } from '../../native/maps.ts';
import { KernelError } from '../../problem.ts';
import { type Meta, metaLayout } from '../../tables/meta.ts';
import type { PinnedObjects } from './pins.ts';

export interface Catalog {
  /** Learns what a directory's pins lead to. */
  add(directory: string, pins: PinnedObjects): void;
  /** Only if a pin leads to it: asks nothing. */
  pinnedMap(id: number): MapInfo | undefined;
  /** undefined: gone. */
  map(id: number): MapInfo | undefined;
  /** undefined: gone. */
  program(id: number): ProgramInfo | undefined;
  /** Type information by id; undefined: there is none. */
  btf(id: number): Btf | undefined;
  /** META's row, whatever its magic says; undefined: gone. */
  meta(id: number): Meta | undefined;
  /** Opens for one use. Throws KernelError ENOENT when it is gone. */
  withMap<T>(id: number, use: (map: OpenMap) => T): T;
  /** A descriptor that the caller closes. Throws KernelError ENOENT when it is gone. */
  openMap(id: number): number;
  /** A descriptor that the caller closes. Throws KernelError ENOENT when it is gone. */
  openProgram(id: number): number;
}

export function createCatalog(): Catalog {
  const maps = new Map<number, MapInfo | undefined>();
  const programs = new Map<number, ProgramInfo | undefined>();
  const metas = new Map<number, Meta | undefined>();
  const types = new Map<number, Btf | undefined>();
  const paths = new Map<number, string>();

  const openMap = (id: number): number | undefined => openPinned(paths.get(mapKey(id)), id, mapInfo) ?? openMapById(id);
  const openProgram = (id: number): number | undefined =>
    openPinned(paths.get(programKey(id)), id, programInfo) ?? openProgramById(id);
  const there = (fd: number | undefined, call: string, id: number): number => {
    if (fd === undefined) throw failure(call, errno.ENOENT, `id ${id}`);
    return fd;
  };
  const mapThere = (id: number): number => there(openMap(id), 'bpf_map_get_fd_by_id', id);

  return {
    add(directory, pins) {
      for (const [name, info] of pins.maps) {
        maps.set(info.id, info);
        paths.set(mapKey(info.id), join(directory, name));
      }
      for (const [name, info] of pins.programs) {
        programs.set(info.id, info);
        paths.set(programKey(info.id), join(directory, name));
      }
    },
    pinnedMap: (id) => (paths.has(mapKey(id)) ? maps.get(id) : undefined),
    map: (id) =>
      remember(maps, id, () => {
        const fd = openMap(id);
        return fd === undefined ? undefined : withDescriptor(fd, mapInfo);
      }),
    program: (id) =>
      remember(programs, id, () => {
        const fd = openProgram(id);
        return fd === undefined ? undefined : withDescriptor(fd, programInfo);
      }),
    btf: (id) =>
      remember(types, id, () => {
        const source = id === 0 ? undefined : btfById(id);
        return source && parseBtf(source);
      }),
    meta: (id) =>
      remember(metas, id, () => {
        const fd = openMap(id);
        return fd === undefined ? undefined : withDescriptor(fd, () => readMeta({ fd, info: mapInfo(fd) }));
      }),
    withMap: (id, use) => withDescriptor(mapThere(id), (fd) => use({ fd, info: mapInfo(fd) })),
    openMap: mapThere,
    openProgram: (id) => there(openProgram(id), 'bpf_prog_get_fd_by_id', id),
  };
}

// Maps and programs are numbered independently.
const mapKey = (id: number): number => id;
const programKey = (id: number): number => -id;

function remember<T>(known: Map<number, T | undefined>, id: number, ask: () => T | undefined): T | undefined {
  if (!known.has(id)) known.set(id, ask());
  return known.get(id);
}

/** undefined: no such pin, or it has become another object's. */
function openPinned(
  path: string | undefined,
  id: number,
  info: (fd: number) => { readonly id: number },
): number | undefined {
  if (path === undefined) return undefined;
  let fd: number;
  try {
    fd = openPin(path);
  } catch (error) {
    if (error instanceof KernelError) return undefined;
    throw error;
  }
  try {
    if (info(fd).id === id) return fd;
  } catch (error) {
    // An object of the other kind has its place.
    if (!(error instanceof KernelError)) throw error;
  }
  closeSync(fd);
  return undefined;
}

/** A row of another layout version may be shorter or longer: what both have comes first. */
export function readMeta(map: OpenMap): Meta | undefined {
  const value = lookup(map, new Uint8Array(4));
  if (!value) return undefined;
  const row = new Uint8Array(Math.max(value.length, metaLayout.size));
  row.set(value);
  return metaLayout.decode(row);
}
