// Every page: dialogs, theme and large text without a reload, buttons that say they are busy.
import { $, $$ } from './kit.js';

const root = document.documentElement;
const keep = (name, value) => { document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`; };

$$('[data-open]').forEach(button => button.addEventListener('click', event => {
  const dialog = document.getElementById(button.dataset.open);
  if (dialog?.showModal) { event.preventDefault(); dialog.showModal(); }
}));
document.addEventListener('click', event => {
  const dialog = event.target.closest('dialog');
  if (dialog && (event.target === dialog || event.target.closest('[data-close]'))) dialog.close();
});
$$('[role=button][href]').forEach(link => link.addEventListener('keydown', event => { if (event.key === ' ') { event.preventDefault(); link.click(); } }));

$$('form[data-look]').forEach(form => form.addEventListener('submit', event => {
  const { name, value } = event.submitter ?? {};
  if (!name) return;
  event.preventDefault();
  keep(name, value);
  if (name === 'mode') {
    const elder = value === 'elder';
    if (elder) root.dataset.mode = 'elder'; else delete root.dataset.mode;
    $$('[data-elder]').forEach(button => { button.value = elder ? 'plain' : 'elder'; button.setAttribute('aria-pressed', elder); });
  } else {
    root.dataset.theme = value;
    $$('[data-theme-toggle]').forEach(button => { button.value = value === 'dark' ? 'light' : 'dark'; });
  }
}));
// without a choice of one's own the first press turns the system's theme round
if (!root.dataset.theme && matchMedia('(prefers-color-scheme: dark)').matches) $$('[data-theme-toggle]').forEach(button => { button.value = 'light'; });

// a form that moves money is sent once: the button keeps its width, its words change
$$('form[data-once]').forEach(form => form.addEventListener('submit', event => {
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = '1';
  const button = event.submitter;
  if (!button) return;
  button.style.inlineSize = `${button.offsetWidth}px`;
  button.setAttribute('aria-busy', 'true');
  if (button.dataset.busy) button.lastChild.textContent = button.dataset.busy;
}));
addEventListener('pageshow', event => { if (event.persisted) $$('form[data-sent]').forEach(form => { delete form.dataset.sent; $$('[aria-busy]', form).forEach(button => button.removeAttribute('aria-busy')); }); });

// filters and offers: the page asks again by itself
$$('form[data-auto]').forEach(form => form.addEventListener('change', () => form.requestSubmit()));
$$('[data-print]').forEach(button => { button.hidden = false; button.addEventListener('click', () => print()); });
$$('[data-copy]').forEach(button => { button.hidden = false; button.addEventListener('click', async () => { await navigator.clipboard?.writeText(button.dataset.copy); button.textContent = button.dataset.done; }); });
$('[data-reload]')?.addEventListener('click', event => { event.preventDefault(); location.reload(); });
$('[autofocus]')?.focus();
