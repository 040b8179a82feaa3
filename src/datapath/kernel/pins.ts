// The pin directories of one instance: read, filled, emptied. Whatever has an unknown name or is not what its name says
// belongs to somebody else: it is named and never touched. bpffs knows neither ordinary files nor dotted names.
import { readdirSync, rmdirSync, statSync, unlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ensureBpffs } from '../../native/bpffs.ts';
import {
  kindOf,
  type MapInfo,
  mapInfo,
  openPin,
  type ProgramInfo,
  pin,
  programInfo,
  withDescriptor,
} from '../../native/descriptors.ts';
import { makeDirectories } from '../../native/directories.ts';
import { errno, failure } from '../../native/errno.ts';
import { KernelError, problem, Refusal } from '../../problem.ts';
import type { Direction } from '../../topology/topology.ts';
import { type Context, pinPath } from './context.ts';
import { isDirection, isLearned, isSlotMap, mapType, programNames, programType } from './names.ts';

/** What was found in one directory. */
export interface PinnedObjects {
  /** Whether the directory is there. */
  readonly present: boolean;
  readonly maps: ReadonlyMap<string, MapInfo>;
  readonly programs: ReadonlyMap<Direction, ProgramInfo>;
  /** Paths of what is not ours. */
  readonly foreign: readonly string[];
}

type DirectoryKind = 'slot' | 'learned';

/** Opens every pin of a directory for a moment. */
export function readPins(directory: string, kind: DirectoryKind): PinnedObjects {
  const maps = new Map<string, MapInfo>();
  const programs = new Map<Direction, ProgramInfo>();
  const foreign: string[] = [];
  const names = namesIn(directory);
  for (const name of names ?? []) {
    const path = join(directory, name);
    const object = isOurName(name, kind) ? identify(path, name) : 'foreign';
    // Unpinned meanwhile by another run.
    if (object === 'gone') continue;
    if (object === 'foreign') foreign.push(path);
    else if ('tag' in object) programs.set(name as Direction, object);
    else maps.set(name, object);
  }
  return { present: names !== undefined, maps, programs, foreign };
}

/** Entries of a directory, sorted; undefined: there is none. A pin in a directory's place has no entries and is told by `foreignNames`. */
export function namesIn(directory: string): string[] | undefined {
  try {
    return readdirSync(directory).sort();
  } catch {
    return undefined;
  }
}

/** Paths right below the instance's directory, and itself, that we would not have made. */
export function foreignNames(context: Context, instance: string): string[] {
  const top = pinPath(context, instance);
  for (const path of [pinPath(context, ''), top]) if (exists(path) && !isDirectory(path)) return [path];
  const ours = new Set(['a', 'b', 'learned']);
  return (namesIn(top) ?? [])
    .map((name) => join(top, name))
    .filter((path) => !ours.has(basename(path)) || !isDirectory(path));
}

function isOurName(name: string, kind: DirectoryKind): boolean {
  return kind === 'learned' ? isLearned(name) : isSlotMap(name) || isDirection(name);
}

/** `foreign`: not a pin, or of another type or name than its pin's. */
function identify(path: string, name: string): MapInfo | ProgramInfo | 'foreign' | 'gone' {
  let fd: number;
  try {
    fd = openPin(path);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    if (error.errno === errno.ENOENT) return 'gone';
    if (error.errno !== errno.EACCES || isDirectory(path)) return 'foreign';
    throw new Refusal(problem('not-permitted', `${path} may not be opened`, { hint: 'run as root' }));
  }
  return withDescriptor(fd, () => {
    const kind = kindOf(fd);
    if (isDirection(name)) {
      const info = kind === 'program' ? programInfo(fd) : undefined;
      return info?.type === programType && info.name === programNames[name] ? info : 'foreign';
    }
    const info = kind === 'map' ? mapInfo(fd) : undefined;
    const wanted = isSlotMap(name) || isLearned(name) ? mapType(name) : -1;
    return info?.type === wanted && info.name === name ? info : 'foreign';
  });
}

/** Pins where nothing of that name is. Directories are made, bpffs is mounted where it is missing. */
export function pinAt(context: Context, fd: number, path: string): void {
  ensureBpffs(context.bpffs);
  makeDirectory(dirname(path));
  pin(fd, path);
}

function makeDirectory(path: string): void {
  try {
    makeDirectories(path, 0o700);
  } catch (error) {
    // Something that is no directory stands in its way: not ours. Anything else is the file system's refusal.
    const { code, errno: number } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOTDIR') throw foreignPin([path]);
    if (number === undefined) throw error;
    throw failure('mkdir', -number, path);
  }
}

/** Unpins what is ours in a directory, in the given order, and removes the directory. Throws Refusal `foreign-pin` when something else is left in it. */
export function emptyDirectory(directory: string, kind: DirectoryKind, order: readonly string[]): void {
  const { present, maps, programs, foreign } = readPins(directory, kind);
  if (!present) return;
  for (const name of order) if (maps.has(name) || programs.has(name as Direction)) unlinkSync(join(directory, name));
  if (foreign.length > 0) throw foreignPin(foreign);
  rmdirSync(directory);
}

/** Removes a directory of ours if nothing is in it. */
export function removeIfEmpty(directory: string): void {
  if (namesIn(directory)?.length === 0) rmdirSync(directory);
}

export function foreignPin(paths: readonly string[]): Refusal {
  return new Refusal(foreignPinProblem(paths));
}

export function foreignPinProblem(paths: readonly string[]) {
  const hint = 'look at what it is (bpftool, ls -l) and move it away, or use another --bpffs';
  return problem('foreign-pin', `${paths.join(', ')} ${paths.length > 1 ? 'are' : 'is'} not ours`, { hint });
}

function exists(path: string): boolean {
  return statOf(path) !== undefined;
}

function isDirectory(path: string): boolean {
  return statOf(path)?.isDirectory() ?? false;
}

/** undefined: not there, or a part of the path is no directory. */
function statOf(path: string) {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
