/**
 * A moment for people, to the second: certificates and CRLs know nothing finer (RFC 5280 section
 * 4.1.2.5).
 */
export function formatTime(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
