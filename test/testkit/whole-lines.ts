/**
 * @param text - of a file that may be written to at this moment
 * @returns its lines, without one that has no end yet
 */
export function wholeLines(text: string): string[] {
  return text.split('\n').slice(0, -1);
}
