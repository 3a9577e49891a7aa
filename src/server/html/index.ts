export { flag, html, Html, type HtmlValue } from './html.ts';
export { formatTime, isoOf } from './time-text.ts';
