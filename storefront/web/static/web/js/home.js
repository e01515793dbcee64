// The monthly amount finds cars: rows above it step back.
import { $, $$, cash } from './kit.js';

const slider = $('[data-month]'), out = $('[data-month-out]');
const currency = slider?.dataset.sign === '€' ? 'EUR' : 'CNY';
function draw() {
  const most = Number(slider.value) * 100;
  out.textContent = cash({ amount: most, currency });
  let shown = 0;
  $$('[data-monthly]').forEach(row => { row.hidden = Number(row.dataset.monthly) > most; shown += row.hidden ? 0 : 1; });
  const none = $('[data-none]');
  if (none) none.hidden = shown > 0;
}
if (slider) { slider.addEventListener('input', draw); draw(); }
