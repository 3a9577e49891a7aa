/** What a refusal is compared by. */

/** The `code` of what a function throws; undefined where it throws nothing. */
export function codeOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return codeOfError(error);
  }
  return undefined;
}

/** The `code` of what a promise is rejected with; undefined where it is fulfilled. */
export async function codeOfRejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return codeOfError(error);
  }
  return undefined;
}

/** An error without a code is no refusal of ours: it is thrown on, so that the test shows it. */
function codeOfError(error: unknown): unknown {
  if (error instanceof Error && 'code' in error) return error.code;
  throw error;
}
