/** An argument as CommandLineToArgvW and the C run-time take it apart again. */
export function quoteArgument(argument: string): string {
  const escaped = argument.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1');
  return `"${escaped}"`;
}
