// A page that waits for the vendor or the worker asks its own address again, slower each time.
import { $ } from './kit.js';

const box = $('[data-wait]');
if (box) {
  $('meta[http-equiv=refresh]')?.remove();
  let pause = 'slow' in box.dataset ? 20000 : 800;
  const ask = async () => {
    try {
      const answer = await fetch(box.dataset.wait, { headers: { Accept: 'application/json' }, cache: 'no-store' });
      if (answer.ok) { const { go } = await answer.json(); if (go) { location.replace(go); return; } }
    } catch { /* offline: ask again later */ }
    pause = Math.max(pause, Math.min(pause * 1.4, 8000));
    setTimeout(ask, pause);
  };
  setTimeout(ask, pause);
}
