import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeFrame,
  FrameDecoder,
  maxFrameLength,
} from '../../../../src/keystore/hosted/frames.ts';

describe('frames', () => {
  it('come out as they went in, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ id: fc.nat(), data: fc.uint8Array({ maxLength: 50 }) })),
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }),
        (messages, cuts) => {
          const stream = Buffer.concat(messages.map(encodeFrame));
          const decoder = new FrameDecoder();
          const received: unknown[] = [];
          for (let at = 0, i = 0; at < stream.length; i++) {
            const next = at + (cuts[i % cuts.length] ?? 1);
            received.push(...decoder.push(stream.subarray(at, next)));
            at = next;
          }
          expect(received).toEqual(messages);
        },
      ),
    );
  });

  it('longer than allowed are refused before they are collected', () => {
    const header = Buffer.alloc(4);
    header.writeUInt32LE(maxFrameLength + 1);
    expect(() => new FrameDecoder().push(header)).toThrow('too long');
  });

  it('of garbage are an error', () => {
    const garbage = Buffer.concat([Buffer.of(8, 0, 0, 0), Buffer.alloc(8, 0xee)]);
    expect(() => new FrameDecoder().push(garbage)).toThrow();
  });
});
