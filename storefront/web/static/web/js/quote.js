// The lock counts down in words; it is text, not a live region, and puts no pressure on anybody.
import { $ } from './kit.js';

const left = $('[data-until]');
if (left) {
  const until = Date.parse(left.dataset.until), two = n => String(n).padStart(2, '0');
  const tick = () => {
    const seconds = Math.max(0, Math.floor((until - Date.now()) / 1000));
    $('[data-days]').textContent = Math.floor(seconds / 86400);
    $('[data-clock]').textContent = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    const last = seconds < 3600;
    left.classList.toggle('up', last);
    const hint = $('[data-last-hour]');
    if (hint) hint.hidden = !last;
    if (seconds === 0) { clearInterval(timer); location.reload(); }
  };
  const timer = setInterval(tick, 1000);
  if (until > Date.now()) tick(); else clearInterval(timer);
}
