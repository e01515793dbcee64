// The pad for a drawn name: an extra, never needed. What is drawn goes with the form as a small PNG.
import SignaturePad from '../vendor/signature_pad/signature_pad.min.js';
import { $ } from './kit.js';

const form = $('[data-sign]');
if (form) {
  const box = $('[data-pad]', form), canvas = $('canvas', box), drawn = form.elements.drawn;
  box.hidden = false;
  const pad = new SignaturePad(canvas, { penColor: '#16202b', minWidth: 0.8, maxWidth: 2.6 });
  const kept = `drawn-name-${form.elements.sha256.value}`;
  const fit = () => {
    const strokes = pad.toData(), ratio = 2;
    canvas.width = canvas.clientWidth * ratio;
    canvas.height = canvas.clientHeight * ratio;
    canvas.getContext('2d').scale(ratio, ratio);
    pad.fromData(strokes);
  };
  fit();
  // Asking for the code loads the page anew: the strokes wait in this tab.
  try { pad.fromData(JSON.parse(sessionStorage.getItem(kept) ?? '[]')); } catch { sessionStorage.removeItem(kept); }
  new ResizeObserver(fit).observe(canvas);
  $('[data-pad-clear]', box).addEventListener('click', () => { pad.clear(); sessionStorage.removeItem(kept); });
  form.addEventListener('submit', () => {
    sessionStorage.setItem(kept, JSON.stringify(pad.toData()));
    drawn.value = pad.isEmpty() ? '' : pad.toDataURL('image/png');
  });
}
