// The sheet of a loan as a dialog: its button waits until there was time to read. The server counts for itself.
import { $, fill } from './kit.js';

const dialog = $('[data-read]');
if (dialog) {
  dialog.close();
  dialog.showModal();
  dialog.scrollTop = 0;
  dialog.addEventListener('cancel', event => event.preventDefault());
  // a press beside it does not put it away: only reading or going back does
  dialog.addEventListener('click', event => { if (event.target === dialog) event.stopPropagation(); });
  const button = $('[data-confirm]', dialog), words = $('[data-left-words]', dialog);
  const until = performance.now() + Number(dialog.dataset.left) * 1000;
  const tick = () => {
    const left = Math.max(0, Math.ceil((until - performance.now()) / 1000));
    button.disabled = left > 0;
    words.hidden = left === 0;
    words.textContent = fill(words.dataset.leftWords, left);
    if (left === 0) clearInterval(timer);
  };
  const timer = setInterval(tick, 250);
  tick();
}
