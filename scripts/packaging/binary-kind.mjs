/** Tells for which system and processor a program is: ELF, PE and Mach-O headers. */

const elfMachines = { 0x3e: 'elf-x64', 0xb7: 'elf-arm64' };
const peMachines = { 0x8664: 'pe-x64', 0xaa64: 'pe-arm64' };
const machoMachines = { 0x01000007: 'macho-x64', 0x0100000c: 'macho-arm64' };

/**
 * @param {Buffer} bytes - the program's beginning, 4 KiB of it or all
 * @returns {string} such as `elf-x64`, or `unknown`
 */
export function binaryKind(bytes) {
  if (bytes.length < 64) return 'unknown';
  const magic = bytes.readUInt32BE(0);
  if (magic === 0x7f454c46) return elfMachines[bytes.readUInt16LE(18)] ?? 'unknown';
  if (magic === 0xcffaedfe) return machoMachines[bytes.readUInt32LE(4)] ?? 'unknown';
  if (magic === 0xcafebabe) return universalKind(bytes);
  return bytes.toString('latin1', 0, 2) === 'MZ' ? peKind(bytes) : 'unknown';
}

/** A universal program is one that has both processors' code. */
function universalKind(bytes) {
  const count = Math.min(bytes.readUInt32BE(4), 4);
  if (bytes.length < 8 + count * 20) return 'unknown';
  const found = Array.from({ length: count }, (_, slice) => bytes.readUInt32BE(8 + slice * 20));
  const complete = Object.keys(machoMachines).every((machine) => found.includes(Number(machine)));
  return complete ? 'macho-universal' : 'unknown';
}

function peKind(bytes) {
  const header = bytes.readUInt32LE(0x3c);
  if (header + 6 > bytes.length || bytes.toString('latin1', header, header + 4) !== 'PE\0\0') {
    return 'unknown';
  }
  return peMachines[bytes.readUInt16LE(header + 4)] ?? 'unknown';
}
