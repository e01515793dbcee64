// The model page: a paint changes every picture and the tint of the page.
import { $, $$, tintPage } from './kit.js';

$('[data-paints]')?.addEventListener('change', event => {
  const { label, tint, side, q } = event.target.dataset;
  tintPage(tint);
  $$('[data-car]').forEach(image => { const src = image.dataset.car === 'q' ? q : side; if (src) { image.src = src; image.alt = label; } });
  $('[data-paint-name] b').textContent = label;
});
