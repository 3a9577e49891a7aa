import { describe, expect, it } from 'vitest';
import { randomUuid, systemRandom } from '../../../src/core/index.ts';

describe('randomUuid', () => {
  it('sets version 4 and the RFC variant whatever the random bits', () => {
    for (const byte of [0x00, 0xff]) {
      const uuid = randomUuid({ bytes: (length) => new Uint8Array(length).fill(byte) });
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });

  it('differs each time with the system’s randomness', () => {
    const uuids = new Set(Array.from({ length: 100 }, () => randomUuid(systemRandom)));
    expect(uuids.size).toBe(100);
  });
});
