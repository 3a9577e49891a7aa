/** Versions of the agent: Semantic Versioning 2.0.0. Pure. */

interface Version {
  readonly numbers: readonly [bigint, bigint, bigint];
  /** Identifiers of a pre-release; empty for a release. */
  readonly preRelease: readonly string[];
}

const pattern = /^(\d{1,16})\.(\d{1,16})\.(\d{1,16})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

/** @returns whether a text is a version */
export function isVersion(text: string): boolean {
  return parseVersion(text) !== undefined;
}

/**
 * @param version - what an agent claims, whatever it is
 * @param bound - a version
 * @returns whether it comes before the bound (section 11); true for what is no version
 */
export function isEarlierVersion(version: string, bound: string): boolean {
  const [a, b] = [parseVersion(version), parseVersion(bound)];
  if (a === undefined || b === undefined) return true;
  for (const [i, number] of a.numbers.entries()) {
    const other = b.numbers[i] ?? 0n;
    if (number !== other) return number < other;
  }
  return isEarlierPreRelease(a.preRelease, b.preRelease);
}

function parseVersion(text: string): Version | undefined {
  const [, major, minor, patch, preRelease] = pattern.exec(text) ?? [];
  if (major === undefined || minor === undefined || patch === undefined) return undefined;
  return {
    numbers: [BigInt(major), BigInt(minor), BigInt(patch)],
    preRelease: preRelease?.split('.') ?? [],
  };
}

function isEarlierPreRelease(a: readonly string[], b: readonly string[]): boolean {
  // A release comes after its pre-releases.
  if (a.length === 0 || b.length === 0) return a.length > b.length;
  for (const [i, identifier] of a.entries()) {
    const other = b[i];
    if (other === undefined) return false;
    if (identifier !== other) return isEarlierIdentifier(identifier, other);
  }
  return a.length < b.length;
}

/** Numbers compare as numbers, and come before words. */
function isEarlierIdentifier(a: string, b: string): boolean {
  const [aIsNumber, bIsNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (aIsNumber && bIsNumber) return BigInt(a) < BigInt(b);
  return aIsNumber === bIsNumber ? a < b : aIsNumber;
}
