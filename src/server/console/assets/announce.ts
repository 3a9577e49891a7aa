/** Tells screen readers something, without moving anybody. */
export function announce(text: string): void {
  const region = document.querySelector('#announcement');
  if (region !== null) region.textContent = text;
}
