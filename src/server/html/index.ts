export { flag, html, Html, type HtmlValue } from './html.ts';
