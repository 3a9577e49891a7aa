/** What the console's pages can do where scripts run; none of it is needed. */
import { addCopyButtons } from './copy.ts';
import { startLiveLog } from './live-log.ts';
import { offerPasskeys } from './passkeys.ts';
import { openDropZones } from './uploads.ts';

addCopyButtons();
openDropZones();
startLiveLog();
offerPasskeys();

// What went wrong is where the reader goes on from.
document.querySelector<HTMLElement>('[role="alert"]:not(:empty)')?.scrollIntoView({
  block: 'nearest',
});
