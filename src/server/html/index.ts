export { flag, html, Html, type HtmlValue } from './html.ts';
export { formatSecond, formatTime, isoOf } from './time-text.ts';
