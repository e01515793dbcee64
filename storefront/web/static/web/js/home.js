// The monthly amount finds cars: rows above it step back.
import { $, $$, cash } from './kit.js';

const slider = $('[data-month]'), out = $('[data-month-out]');
const currency = slider?.dataset.currency;
function draw() {
  const most = Number(slider.value) * 100;
  out.textContent = cash({ amount: most, currency });
  const best = new Map();   // the dearest version of each model within the amount
  $$('[data-monthly]').forEach(row => { row.hidden = true; if (Number(row.dataset.monthly) <= most) best.set(row.dataset.model, row); });
  best.forEach(row => { row.hidden = false; });
  const shown = best.size;
  const none = $('[data-none]');
  if (none) none.hidden = shown > 0;
}
if (slider) { slider.addEventListener('input', draw); draw(); }
