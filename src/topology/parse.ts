// The only room that knows package js-yaml: text → events with offsets → plain values.
// It knows nothing of topologies and makes no sentences; what it refuses comes back as a fault with an offset.
import {
  CORE_SCHEMA,
  constructFromEvents,
  defineScalarTag,
  EVENT_ID,
  type Event,
  floatCoreTag,
  getScalarValue,
  intCoreTag,
  mergeTag,
  type NOT_RESOLVED,
  parseEvents,
  type ScalarEvent,
  YAMLException,
} from 'js-yaml';

export type { Event };
export const eventKinds = EVENT_ID;

/** Where the text cannot be taken, and js-yaml's reason. The reason may quote the text: it is never shown as it is. */
export interface TextFault {
  readonly offset: number;
  readonly reason: string;
}

const unclear = Symbol('number that readers of YAML do not agree on');

/** What stands for a plain scalar such as 010, which is ten in YAML 1.2 and eight in YAML 1.1. */
export interface UnclearNumber {
  readonly [unclear]: string;
}

export function unclearText(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null && unclear in value
    ? (value as UnclearNumber)[unclear]
    : undefined;
}

const tooDeep = 'nested too deeply';
/** Octal for some readers of YAML, decimal for others. */
export const leadingZero = /^[-+]?0o?[0-9]+$/;

const intTag = defineScalarTag<number | UnclearNumber>(intCoreTag.tagName, {
  implicit: true,
  implicitFirstChars: intCoreTag.implicitFirstChars,
  identify: () => false,
  resolve: (text, isExplicit, tagName) =>
    leadingZero.test(text) && !isExplicit
      ? { [unclear]: text }
      : plusZero(intCoreTag.resolve(text, isExplicit, tagName)),
});

const floatTag = defineScalarTag<number>(floatCoreTag.tagName, {
  implicit: true,
  implicitFirstChars: floatCoreTag.implicitFirstChars,
  identify: () => false,
  resolve: (text, isExplicit, tagName) => plusZero(floatCoreTag.resolve(text, isExplicit, tagName)),
});

/** -0 is 0 for us: the two would print and compare differently. */
function plusZero(value: number | typeof NOT_RESOLVED): number | typeof NOT_RESOLVED {
  return value === 0 ? 0 : value;
}

const schema = CORE_SCHEMA.withTags(mergeTag, intTag, floatTag);

export function parseText(text: string): Event[] | TextFault {
  try {
    return parseEvents(text, {});
  } catch (error) {
    return faultOf(error);
  }
}

/**
 * The plain values of all documents. Duplicate names are a fault unless `duplicatesAllowed`, then the last one counts.
 * Aliases become the same object again, so that memory stays bounded; whoever walks the value must bound the walk (aliases.ts).
 */
export function constructValues(
  events: readonly Event[],
  text: string,
  duplicatesAllowed: boolean,
): readonly unknown[] | TextFault {
  try {
    // js-yaml only reads them.
    return constructFromEvents(events as Event[], {
      source: text,
      schema,
      json: duplicatesAllowed,
      maxTotalMergeKeys: -1,
    });
  } catch (error) {
    return faultOf(error);
  }
}

/** js-yaml places it at the start of the text: whoever has the tree finds the name. */
export function isComplexNameFault(fault: TextFault): boolean {
  return fault.reason.endsWith('complex keys');
}

export function isDepthFault(fault: TextFault): boolean {
  return fault.reason.startsWith('nesting exceeded') || fault.reason === tooDeep;
}

/** A character that no YAML may hold: the other reader takes it for something else. */
export function isForeignCharacter({ reason }: TextFault): boolean {
  return /null byte|printable/.test(reason);
}

export function isDuplicateFault(fault: TextFault): boolean {
  return fault.reason === 'duplicated mapping key';
}

export function scalarText(text: string, event: ScalarEvent): string {
  return event.valueStart < 0 ? '' : getScalarValue(text, event);
}

/** Whether this scalar, standing where a name stands, merges the mapping behind it. */
export function isMergeName(text: string, event: Event): boolean {
  return (
    event.type === EVENT_ID.SCALAR &&
    event.style === 1 &&
    event.tagStart < 0 &&
    text.startsWith('<<', event.valueStart) &&
    event.valueEnd - event.valueStart === 2
  );
}

/** Offset of the first character of a node as one sees it, its quote included; -1 when the node is empty. */
export function eventOffset(event: Event): number {
  switch (event.type) {
    case EVENT_ID.SCALAR: {
      if (event.valueStart < 0) return -1;
      return event.style === 2 || event.style === 3 ? event.valueStart - 1 : event.valueStart;
    }
    case EVENT_ID.ALIAS:
      return event.anchorStart - 1;
    case EVENT_ID.MAPPING:
    case EVENT_ID.SEQUENCE:
      return event.start;
    default:
      return -1;
  }
}

function faultOf(error: unknown): TextFault {
  if (error instanceof YAMLException) {
    const { reason, mark } = error;
    const offset = mark?.position ?? 0;
    return { offset: reason.startsWith('unidentified alias') ? offset - 1 : offset, reason };
  }
  // js-yaml asks its callers to catch everything: a RangeError of a too deep nesting, for one.
  if (error instanceof RangeError) return { offset: 0, reason: tooDeep };
  throw error;
}
