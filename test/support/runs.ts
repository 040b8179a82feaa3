// How often a property is tried. PROPERTY_FACTOR=20 makes a soak of the same tests.
const factor = Number(process.env.PROPERTY_FACTOR ?? 1);

export function tries(count: number): { readonly numRuns: number } {
  return { numRuns: Math.max(1, Math.round(count * factor)) };
}
