/** What a page must have for people with a screen reader, a keyboard alone, or weak eyes. */
import type { Page } from 'playwright-core';

/**
 * Looks a page over as it stands: names and labels, ids, headings, landmarks, tables, contrast (WCAG
 * 2.2, success criteria 1.1.1, 1.3.1, 1.4.3, 2.4.2, 2.4.6, 3.1.1, 4.1.2).
 *
 * @returns what is wrong, in words
 */
export function accessibilityFaults(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const faults: string[] = [];
    const say = (element: Element, fault: string): void => {
      faults.push(`${element.outerHTML.slice(0, 120).replace(/\s+/g, ' ')}: ${fault}`);
    };
    const all = (selector: string): HTMLElement[] => [
      ...document.querySelectorAll<HTMLElement>(selector),
    ];
    const isShown = (element: Element): boolean => element.checkVisibility();
    const referred = (element: Element, attribute: string): Element[] =>
      (element.getAttribute(attribute) ?? '')
        .split(/\s+/)
        .filter((id) => id !== '')
        .flatMap((id) => document.getElementById(id) ?? []);

    const nameOf = (element: HTMLElement): string => {
      const label = element.getAttribute('aria-label') ?? '';
      if (label.trim() !== '') return label;
      const by = referred(element, 'aria-labelledby');
      if (by.length > 0) return by.map(({ textContent }) => textContent).join(' ');
      const labels = [...((element as HTMLInputElement).labels ?? [])];
      if (labels.length > 0) return labels.map(({ textContent }) => textContent).join(' ');
      const isField = /^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName);
      return isField ? '' : element.textContent;
    };

    if (document.documentElement.lang === '') faults.push('the page has no language');
    if (document.title.trim() === '') faults.push('the page has no title');
    for (const landmark of ['main', 'h1']) {
      if (all(landmark).length !== 1) faults.push(`there is not one ${landmark}`);
    }
    for (const element of all(
      'input:not([type=hidden]), select, textarea, button, a[href], summary',
    )) {
      if (nameOf(element).trim() === '') say(element, 'it has no name');
      if (element.tabIndex > 0) say(element, 'it breaks the order of the tab key');
    }
    for (const element of all('nav, [role=region], section')) {
      if (nameOf(element) === element.textContent) say(element, 'the landmark has no name');
    }
    const navigations = all('nav').map(nameOf);
    if (new Set(navigations).size !== navigations.length) faults.push('two navs have one name');
    for (const fieldset of all('fieldset')) {
      if (fieldset.querySelector('legend')?.textContent.trim() === '') say(fieldset, 'no legend');
    }
    for (const image of all('img')) {
      if (!image.hasAttribute('alt')) say(image, 'it has no alternative text');
    }
    for (const drawing of all('svg')) {
      const isHidden = drawing.getAttribute('aria-hidden') === 'true';
      if (!isHidden && nameOf(drawing) === drawing.textContent) say(drawing, 'it has no name');
    }
    for (const table of all('table')) {
      if (table.querySelector('caption') === null) say(table, 'it has no caption');
      for (const head of table.querySelectorAll('th')) {
        if (!head.hasAttribute('scope')) say(head, 'it has no scope');
      }
    }

    const ids = all('[id]').map(({ id }) => id);
    for (const id of ids.filter((one, index) => ids.indexOf(one) !== index)) {
      faults.push(`two elements have the id ${id}`);
    }
    for (const attribute of ['aria-describedby', 'aria-labelledby', 'popovertarget']) {
      for (const element of all(`[${attribute}]`)) {
        const wanted = (element.getAttribute(attribute) ?? '').trim().split(/\s+/).length;
        if (referred(element, attribute).length !== wanted)
          say(element, `${attribute} leads nowhere`);
      }
    }

    let level = 0;
    for (const heading of all('main :is(h1, h2, h3, h4)')) {
      const own = Number(heading.tagName.slice(1));
      if (own > level + 1) say(heading, `a heading of level ${own} follows one of level ${level}`);
      level = own;
    }

    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    type Rgba = readonly [number, number, number, number];
    const parse = (color: string): Rgba => {
      if (canvas === null) throw new Error('no canvas');
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      const [r = 0, g = 0, b = 0, a = 0] = canvas.getImageData(0, 0, 1, 1).data;
      return [r, g, b, a / 255];
    };
    const backgroundOf = (element: Element): Rgba => {
      for (let at: Element | null = element; at !== null; at = at.parentElement) {
        const { backgroundColor } = getComputedStyle(at);
        const color = parse(backgroundColor);
        if (color[3] === 1) return color;
      }
      return [255, 255, 255, 1];
    };
    const luminance = ([r, g, b]: Rgba): number => {
      const [x = 0, y = 0, z = 0] = [r, g, b].map((value) => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const seen = new Set<string>();
    for (const element of all('body *')) {
      const hasText = [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && (node.textContent ?? '').trim() !== '',
      );
      if (
        !hasText ||
        !isShown(element) ||
        element.closest('svg, noscript, .visually-hidden') !== null
      ) {
        continue;
      }
      const { color, fontSize, fontWeight } = getComputedStyle(element);
      const behind = backgroundOf(element);
      const [a, b] = [luminance(parse(color)), luminance(behind)];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      const size = Number.parseFloat(fontSize);
      const isLarge = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700);
      const key = `${color} on ${behind.join()}`;
      if (ratio < (isLarge ? 3 : 4.5) && !seen.has(key)) {
        seen.add(key);
        say(element, `contrast ${ratio.toFixed(2)} (${key})`);
      }
    }
    return faults;
  });
}

/**
 * Walks through a page with the tab key alone, once around.
 *
 * @param page - a page, freshly opened
 * @returns every stop, by tag and text, and what is wrong with it, if anything
 */
export async function walkWithTab(
  page: Page,
): Promise<readonly { readonly stop: string; readonly fault: string | undefined }[]> {
  const stops: { stop: string; fault: string | undefined }[] = [];
  for (let presses = 0; presses < 400; presses++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement | null;
      if (element === null || element === document.body) return undefined;
      const isFirst = element.dataset['walked'] !== undefined;
      element.dataset['walked'] = '';
      // A control that its label stands for shows its focus there.
      const labels = [...((element as HTMLInputElement).labels ?? [])];
      const isStoodFor = element.classList.contains('visually-hidden');
      const shown = (isStoodFor ? labels[0] : undefined) ?? element;
      const { outlineStyle, outlineWidth } = getComputedStyle(shown);
      const { width, height, right, bottom } = shown.getBoundingClientRect();
      const isOutside = right <= 0 || bottom <= 0 || width === 0 || height === 0;
      const isPlain = outlineStyle === 'none' || outlineWidth === '0px';
      return {
        again: isFirst,
        stop: `${element.tagName} ${(element.ariaLabel ?? element.textContent).trim().slice(0, 40)}`,
        fault: isOutside
          ? 'it is out of sight'
          : isPlain
            ? 'its focus is not to be seen'
            : undefined,
      };
    });
    if (at === undefined || at.again) break;
    stops.push({ stop: at.stop, fault: at.fault });
  }
  return stops;
}
