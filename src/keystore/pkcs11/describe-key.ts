import type { KeyDescription, KeyProtection } from '../certificate-store.ts';
import { mechanismFlags, slotFlags } from './constants.ts';
import type { PrivateKeyReport, TokenReport } from './protocol.ts';

/** Tokens that are files, whatever their flags say; by the manufacturer they give. */
const softwareTokens = ['SoftHSM project', 'Mozilla Foundation'];

/**
 * What the token says of a key. It is only the token's word: CKA_EXTRACTABLE for whether the key
 * would be handed out, and the hardware flags of its slot and its mechanisms for where it lives.
 */
export function describeKey(
  key: PrivateKeyReport,
  token: TokenReport,
  library: string,
): KeyDescription {
  const { label, manufacturer, model } = token.name;
  const maker = [manufacturer, model].filter((text) => text !== '').join(' ');
  return {
    protection: protectionOf(token),
    exportable: key.extractable,
    provider: `Token “${label}”${maker === '' ? '' : ` (${maker})`} through ${library}`,
  };
}

function protectionOf(token: TokenReport): KeyProtection {
  if (softwareTokens.includes(token.name.manufacturer)) return 'software';
  const inHardware =
    (token.slotFlags & slotFlags.hardware) !== 0 ||
    token.mechanisms.some(({ flags }) => ((flags ?? 0) & mechanismFlags.hardware) !== 0);
  return inHardware ? 'hardware' : 'unknown';
}
