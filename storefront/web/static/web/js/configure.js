// The configurator: one click is one question to the API, and nothing changes silently.
import { $, $$, call, cash, days, fill, h, icon, later, price, Problem, tintPage, toast, whole } from './kit.js';

const data = JSON.parse($('#island').textContent);
const { names, art, words } = data;
const form = $('[data-conf]'), on = new Set(['selected', 'included']);
let state = data.state, busy = 0;

const say = (key, ...facts) => fill(words[key], ...facts);
const list = items => items.join(words['list.sep']);
const status = code => state.statuses[code]?.status ?? 'unavailable';
const card = code => $(`[data-card="${CSS.escape(code)}"]`);
const monthly = of => of?.amount ? cash(whole(of.amount)) : '';
const credit = of => (of ? [of.apr_text, ' ', of.warning ? h('b', {}, of.warning) : ''] : []);
const listed = codes => list(codes.map(code => names[code] ?? code));

// drawing
function drawCard(box) {
  const code = box.dataset.card, input = $('input', box), now = status(code), by = state.statuses[code]?.by;
  const group = box.closest('[data-group]').dataset.group, checkbox = input.type === 'checkbox';
  input.checked = on.has(now);
  const off = now === 'unavailable', fixed = checkbox && now === 'included';
  input.disabled = fixed;
  box.classList.toggle('choice--off', off && !box.matches('.swatch'));
  box.classList.toggle('swatch--off', off && box.matches('.swatch'));
  const tag = $('[data-off]', box);
  if (tag) tag.hidden = !off;
  const others = by && !String(by).startsWith('trim:') && names[by];
  if (checkbox && group !== 'trim') box.hidden = fixed && !others;
  const cost = state.prices[code], place = $('[data-price]', box);
  if (!place) return;
  if (off && !cost?.amount) { place.replaceChildren(); return; }
  if (!cost && !fixed) return;
  const free = group !== 'trim' && (!cost || cost.amount === 0);
  place.classList.toggle('muted', free);
  place.replaceChildren(fixed ? (others ? say('conf.withpackage', others) : words['conf.standard']) : free ? words.included : price(cost, { plus: group !== 'trim' }));
}

function drawGroup(box) {
  const cards = $$('[data-card]', box), hidden = cards.filter(c => c.hidden), chosen = cards.filter(c => !c.hidden && $('input', c).checked);
  const line = $('[data-included]', box);
  if (line) { line.hidden = hidden.length === 0; line.textContent = say('conf.included', listed(hidden.map(c => c.dataset.card))); }
  const summary = $('[data-chosen]', box);
  if (summary) summary.textContent = listed((chosen.length ? chosen : hidden).map(c => c.dataset.card));
}

function drawSheet() {
  const sheet = state.price_sheet, title = $('.conf__top h1 > span:last-child').textContent;
  const rows = sheet.lines.filter(line => !['standard', 'included'].includes(line.kind)).map(line =>
    h('tr', { class: line.kind === 'base' ? null : 'sub' }, h('th', { scope: 'row' }, line.kind === 'base' ? `${title} ${line.name}` : line.kind === 'delivery' ? [words['quote.transport'], h('small', {}, line.name)] : line.name),
      h('td', {}, line.kind === 'base' || line.amount.amount ? price(line.amount, { cents: true }) : words.included)));
  rows.push(h('tr', { class: 'sum' }, h('th', { scope: 'row' }, words['conf.car'], h('small', {}, say('conf.vat', cash(sheet.vat, { cents: true })))), h('td', {}, price(sheet.total, { cents: true }))));
  $('[data-sheet]').replaceChildren(h('tbody', {}, rows));
}

function picked(group) {
  const codes = $$(`[data-group="${group}"] [data-card]`).map(c => c.dataset.card);
  return codes.find(c => status(c) === 'selected') ?? codes.find(c => on.has(status(c)));
}

function drawCar() {
  const paint = picked('paint'), look = art.paints[paint], style = art.wheels[picked('wheels')] ?? 'aero';
  if (!look) return;
  const shown = look.pictures[style] ?? {}, quarter = $('[data-view=q]'), side = $('[data-view=side]'), svg = $('svg', side);
  if (quarter && shown.q && !quarter.src.endsWith(shown.q)) quarter.src = shown.q;
  if (svg) {
    svg.style.setProperty('--paint', look.swatch.hex ?? '#7f9a9d');
    svg.style.setProperty('--roof', look.swatch.hex2 ?? look.swatch.hex ?? '#7f9a9d');
    svg.style.setProperty('--rim', /ink|black/.test(picked('wheels') ?? '') ? '#2b2d30' : '#b9bdc1');
    svg.style.setProperty('--wheel-aero', style === 'aero' ? 'inline' : 'none');
    svg.style.setProperty('--wheel-sport', style === 'sport' ? 'inline' : 'none');
  }
  for (const image of [quarter, side]) {
    if (!image) continue;
    const label = image === quarter ? 'alt' : 'aria-label', cut = zhCut(image.getAttribute(label) ?? '');
    image.setAttribute(label, cut.replace('\u0000', names[paint] ?? ''));
  }
  if (look.tint) tintPage(look.tint);
  const name = $('[data-group=paint] [data-paint-name]');
  if (name) name.replaceChildren(h('b', {}, names[paint] ?? ''), ' ', h('span', { class: 'muted' }, state.prices[paint]?.amount ? price(state.prices[paint], { plus: true }) : words.included));
}
let lastPaint = names[picked('paint')] ?? '';
function zhCut(label) { const found = label.replace(lastPaint, '\u0000'); return found; }

function draw() {
  $$('[data-card]').forEach(drawCard);
  $$('[data-group]').forEach(drawGroup);
  drawSheet();
  drawCar();
  lastPaint = names[picked('paint')] ?? '';
  $('[data-total]').replaceChildren(price(state.price_sheet.total));
  const month = monthly(state.monthly);
  $('[data-monthly]').textContent = month ? say('conf.monthly', month) : '';
  $('[data-credit]').replaceChildren(...credit(state.monthly));
  $('[data-date]').textContent = say('conf.delivery', days(state.delivery.from, state.delivery.until));
  const choices = state.choices.join(',');
  $$('[name=was], [name=apply]').forEach(field => { field.value = choices; });
  $('#found')?.remove();
  $('#again')?.remove();
  $('#quote-form [name=choices]').value = choices;
  const changing = $('#quote-form [name=order]')?.value;
  const query = new URLSearchParams([...(changing ? [['order', changing]] : []), ...state.choices.map(code => ['c', code])]);
  history.replaceState(null, '', `?${query}`);
  $('[data-build]').textContent = '';
}

// why not
function repairButton(repair, best, close) {
  const adds = list(repair.adds.map(x => x.name)), removes = list(repair.removes.map(x => x.name)), n = repair.days_difference;
  const title = adds && removes ? say('conf.repair.swap', removes, adds) : adds ? say('conf.repair.add', adds) : say('conf.repair.remove', removes);
  const when = n === 0 ? words['conf.repair.same'] : n > 0 ? say('conf.repair.days', n) : say('conf.repair.sooner', -n);
  return h('button', { type: 'button', class: best ? 'repair repair--best' : 'repair', onclick: () => { close(); settle(repair.choices); } },
    h('b', {}, title), h('span', { class: 'num' }, cash(repair.price_difference, { plus: true }) ), h('small', {}, when));
}
function closeWhy() { $$('.whynot').forEach(box => box.remove()); }
function whyNot(code, answer) {
  closeWhy();
  const conflict = answer.conflict ?? { rules: [], structure: [], choices: [] };
  const texts = [...conflict.rules, ...conflict.structure].map(part => part.text).filter(Boolean).join(zhJoin());
  const others = conflict.choices.filter(part => part.code !== code).map(part => part.name);
  const [best, ...rest] = answer.repairs ?? [];
  const because = others.length ? splitBold(say('conf.because', list(others))) : [];
  const box = h('div', { class: 'whynot', role: 'group', tabindex: '-1', 'aria-label': say('conf.whynot', names[code] ?? code) },
    h('p', {}, texts, ' ', because),
    best ? repairButton(best, true, closeWhy) : h('p', { class: 'small muted' }, words['conf.repair.none']),
    rest.length ? h('details', {}, h('summary', {}, say('conf.repair.more', rest.length)), h('div', { class: 'stack' }, rest.map(r => repairButton(r, false, closeWhy)))) : null);
  const asked = card(code);
  (asked.matches('.swatch') ? asked.closest('.swatches') : asked).after(box);
  box.focus({ preventScroll: true });
  box.scrollIntoView({ block: 'nearest', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
}
const zhJoin = () => (document.body.dataset.lang === 'zh' ? '' : ' ');
function splitBold(text) { return text.split(/<\/?b>/).map((part, i) => (i % 2 ? h('b', {}, part) : part)); }

// before and after
function beforeAfter(answer, was, clicked) {
  const { before, after } = answer, box = $('[data-change]'), dialog = $('#change');
  const moved = [...after.choices.filter(c => !before.choices.includes(c)).map(code => ({ code, want: true })), ...before.choices.filter(c => !after.choices.includes(c)).map(code => ({ code, want: false }))]
    .sort((a, b) => (a.code !== clicked.option) - (b.code !== clicked.option));
  const said = say(clicked.want ? 'conf.picked' : 'conf.dropped', names[clicked.option] ?? clicked.option);
  const why = Object.fromEntries((answer.adds ?? []).map(add => [add.code, add.because.map(b => b.text).filter(Boolean).join(zhJoin())]));
  const pair = (label, from, to, worse) => h('div', {}, h('dt', {}, label), h('dd', {}, from === to ? null : h('span', { class: 'was' }, from), h('span', { class: worse ? 'now num up' : 'now num' }, to)));
  const window = n => days(later(answer.delivery.from, n), later(answer.delivery.until, n)), shift = before.days - after.days;
  box.replaceChildren(
    h('div', { class: 'sheet__top' }, h('div', {}, h('h2', { id: 'ch-t' }, say('conf.adjusted', said, Math.max(0, moved.length - 1))), h('p', { class: 'muted small mt' }, words['conf.adjusted.lede'])),
      h('button', { class: 'x', type: 'button', 'data-close': true, 'aria-label': words.close }, icon('x'))),
    h('table', { class: 'diff' }, h('thead', {}, h('tr', {}, ['conf.item', 'conf.what', 'conf.diff'].map(key => h('th', { scope: 'col' }, words[key])))),
      h('tbody', {}, moved.map(row => { const amount = row.want ? answer.prices[row.code] : was.prices[row.code];
        return h('tr', {}, h('th', { scope: 'row' }, names[row.code] ?? row.code, why[row.code] ? h('small', {}, why[row.code]) : null),
          h('td', {}, row.want ? h('span', { class: 'now' }, words['conf.added']) : h('span', { class: 'was' }, words['conf.removed'])),
          h('td', { class: 'num' }, amount?.amount && !row.code.startsWith('trim:') ? cash({ ...amount, amount: row.want ? amount.amount : -amount.amount }, { plus: true }) : row.code.startsWith('trim:') ? '' : words.included)); }))),
    h('dl', { class: 'beforeafter' }, pair(words['conf.car'], cash(before.total), cash(after.total)), was.monthly && answer.monthly ? pair(words['conf.month'], monthly(was.monthly), monthly(answer.monthly)) : null,
      pair(words['conf.handover'], window(shift), window(0), shift < 0)),
    was.monthly && answer.monthly ? h('p', { class: 'small muted' }, credit(answer.monthly)) : null,
    h('div', { class: 'sheet__acts' }, h('button', { class: 'btn', type: 'button', onclick: () => { dialog.close(); state = was; draw(); toast(words['conf.undone']); } }, icon('undo'), words['conf.undo']),
      h('button', { class: 'btn btn--primary', type: 'button', 'data-close': true }, words['conf.keep'])));
  dialog.showModal();
}

// asking
const attempt = n => { const old = $('.banner--offline'); old?.remove(); if (n) $('.conf__panel').prepend(h('div', { class: 'banner banner--warn banner--offline', role: 'alert' }, icon('warn'), h('b', {}, say('offline.attempt', n)))); };
async function ask(body) {
  const turn = ++busy, bar = $('.conf__bar');
  const slow = setTimeout(() => bar.setAttribute('aria-busy', 'true'), 300);
  try {
    const answer = await call('/configurations/evaluate', { model: data.model, market: data.market, ...body }, { onattempt: attempt });
    return turn === busy ? answer : null;
  } catch (fault) {
    if (!(fault instanceof Problem)) attempt(4);
    draw();
    return null;
  } finally { clearTimeout(slow); bar.removeAttribute('aria-busy'); }
}
async function click(change) {
  const was = state, answer = await ask({ choices: state.choices, change });
  if (!answer) return;
  if (answer.outcome === 'blocked') { draw(); whyNot(change.option, answer); return; }
  closeWhy();
  state = answer;
  draw();
  if (answer.outcome === 'adjusted') beforeAfter(answer, was, change);
}
async function settle(choices) {
  const answer = await ask({ choices });
  if (answer) { state = answer; draw(); }
}

form.addEventListener('change', event => {
  const input = event.target;
  if (input.closest('[data-card]')) click({ option: input.value, want: input.type === 'radio' ? true : input.checked });
});
// a card that does not fit still answers: its radio is asked again even when it is already marked
form.addEventListener('submit', event => { if (event.submitter?.matches('[data-update]')) event.preventDefault(); });
$('[data-update]').hidden = true;

// views, saving, sharing
function keepBuild(code) {
  const held = document.cookie.split('; ').find(part => part.startsWith('builds='))?.slice(7).split('.') ?? [];
  const codes = [code, ...held.filter(one => one && one !== code)].slice(0, 8);
  document.cookie = `builds=${codes.join('.')}; path=/; max-age=31536000; samesite=lax`;
}
const turn = $('[data-turn]');
if (turn) {
  turn.hidden = false;
  turn.addEventListener('click', () => {
    const side = turn.getAttribute('aria-pressed') !== 'true';
    turn.setAttribute('aria-pressed', side);
    $('[data-view=q]').toggleAttribute('hidden', side);
    $('[data-view=side]').toggleAttribute('hidden', !side);
  });
}
const save = $('[data-save]');
save.hidden = false;
save.addEventListener('click', async () => {
  try {
    const build = await call('/builds', { model: data.model, market: data.market, choices: state.choices });
    const link = `${location.origin}${location.pathname}?build=${build.code}`;
    history.replaceState(null, '', `?build=${build.code}`);
    keepBuild(build.code);
    $('[data-build]').textContent = say('conf.saved', build.code);
    try { await navigator.clipboard.writeText(link); toast(words.copied); } catch { toast(say('conf.saved', build.code)); }
  } catch { attempt(1); }
});
