/** BER as PFX files have it, over node-forge's parser: views of a node that throw where it is another. */
import forge from 'node-forge';

/** An element, as node-forge parsed it. */
export type Node = forge.asn1.Asn1;

/** Thrown where a file does not have the form it should; the message says what about it. */
export class Unreadable extends Error {}

const notPfx = 'It is not a PFX file.';

export const asn1 = {
  /** @throws Unreadable */
  parse(bytes: Buffer): Node {
    try {
      // A PFX is BER: indefinite lengths and constructed strings are allowed.
      return forge.asn1.fromDer(bytes.toString('latin1'), false);
    } catch {
      throw new Unreadable(notPfx);
    }
  },

  /** The elements inside a constructed one. */
  children(node: Node | undefined): Node[] {
    if (node === undefined || typeof node.value === 'string') throw new Unreadable(notPfx);
    return node.value;
  },

  /** The bytes of a string, which BER may give in pieces. */
  octets(node: Node | undefined): Buffer {
    if (node === undefined) throw new Unreadable(notPfx);
    if (typeof node.value === 'string') return Buffer.from(node.value, 'latin1');
    return Buffer.concat(
      node.value.map((piece) => {
        if (typeof piece.value !== 'string') throw new Unreadable(notPfx);
        return Buffer.from(piece.value, 'latin1');
      }),
    );
  },

  /** An OBJECT IDENTIFIER in dotted form. */
  oid(node: Node | undefined): string {
    if (node?.type !== forge.asn1.Type.OID || typeof node.value !== 'string') {
      throw new Unreadable(notPfx);
    }
    return forge.asn1.derToOid(node.value);
  },

  /** A non-negative INTEGER; a huge one is Infinity. */
  integer(node: Node): number {
    if (node.type !== forge.asn1.Type.INTEGER || typeof node.value !== 'string') {
      throw new Unreadable(notPfx);
    }
    return node.value.length > 6
      ? Infinity
      : Number.parseInt(forge.util.bytesToHex(node.value), 16);
  },

  /** The DER of an element. */
  toDer(node: Node): Buffer {
    return Buffer.from(forge.asn1.toDer(node).getBytes(), 'latin1');
  },
};
