/** The descriptors that a hosting process gets besides the standard ones. */

/** Requests and answers. */
export const channelDescriptor = 3;

/** Nothing is ever written to it: its end is the end of the parent. */
export const lifelineDescriptor = 4;
