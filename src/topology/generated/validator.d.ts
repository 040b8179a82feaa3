// What scripts/build-validator.mjs writes beside this file: checks by schemas/topology.schema.json without a schema compiler.

export interface ShapeError {
  /** JSON pointer to the value that does not fit. */
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** True when the value fits; else `errors` holds why, until the next call. */
export interface ShapeCheck {
  (value: unknown): boolean;
  readonly errors?: readonly ShapeError[] | null;
}

/** The file without its lists' items. */
export const checkHead: ShapeCheck;
export const checkInterface: ShapeCheck;
export const checkTunnel: ShapeCheck;
export const checkService: ShapeCheck;
export const checkExpectation: ShapeCheck;

/** The fields that each part of a file may have; '' is the top level. */
export const fieldNames: Readonly<
  Record<'' | 'flags' | 'interface' | 'tunnel' | 'ping' | 'sign' | 'service' | 'expectation', readonly string[]>
>;
