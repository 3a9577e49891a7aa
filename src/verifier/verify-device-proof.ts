/**
 * Verifies a device proof. The numbered steps are the checks of docs/protocol.md, "Server", in their
 * order; the first that fails decides, and everything before it was cheap enough for anyone to ask for.
 */
