/**
 * How the two ends of a hosted store talk: frames of a 4-byte little-endian length and that many
 * bytes of V8's structured-clone serialisation, on a pipe of their own. Against the channel of
 * node:child_process it bounds every message and turns garbage into an error of this store instead
 * of an uncaught one of the whole program.
 */
import { deserialize, serialize } from 'node:v8';

const headerLength = 4;

/** Longest frame either side accepts; a listing of a full token stays far below. */
export const maxFrameLength = 16 << 20;

/** Encodes one message. */
export function encodeFrame(message: unknown): Buffer {
  const body = serialize(message);
  const frame = Buffer.allocUnsafe(headerLength + body.length);
  frame.writeUInt32LE(body.length, 0);
  body.copy(frame, headerLength);
  return frame;
}

/** Cuts a stream of bytes back into messages. */
export class FrameDecoder {
  #pending: Buffer = Buffer.alloc(0);

  /**
   * Takes the next bytes of the stream.
   *
   * @returns the messages that are complete with them
   * @throws Error where the stream is not made of frames
   */
  push(chunk: Buffer): unknown[] {
    let rest = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const messages: unknown[] = [];
    while (rest.length >= headerLength) {
      const length = rest.readUInt32LE(0);
      if (length > maxFrameLength) throw new Error(`a frame of ${length} bytes is too long`);
      if (rest.length < headerLength + length) break;
      messages.push(deserialize(rest.subarray(headerLength, headerLength + length)));
      rest = rest.subarray(headerLength + length);
    }
    this.#pending = rest;
    return messages;
  }
}
