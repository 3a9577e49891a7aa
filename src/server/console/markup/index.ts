export { address } from './address.ts';
export {
  badge,
  copyable,
  disclosure,
  emptyState,
  facts,
  fingerprint,
  linkButton,
  notice,
  pageHead,
  postForm,
  section,
  submitButton,
  type ButtonValue,
  type FormField,
  type Tone,
} from './elements.ts';
export { checkbox, choiceGroup, selectField, textArea, textField } from './fields.ts';
export {
  renderPage,
  renderPlainPage,
  type Flash,
  type Page as ConsolePage,
  type Viewer,
} from './layout.ts';
export { barTable, columnPlot, spanBar, type PlotColumn } from './plots.ts';
export { unlessOld } from './sign-in-again.ts';
export { pager, table } from './table.ts';
export {
  dayElement,
  distanceElement,
  formatDistance,
  formatDuration,
  timeElement,
} from './time.ts';
