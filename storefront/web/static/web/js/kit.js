// What every island shares: elements, money, dates, calls to the public API. No library, no build.
export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
export const lang = document.body.dataset.lang;
export const zh = lang === 'zh';
export const language = zh ? 'zh-hans' : 'en';

const svgNames = new Set(['svg', 'use']);
/** An element: h('p', {class: 'small'}, 'text', child); null children are left out. */
export function h(name, attributes = {}, ...children) {
  const made = svgNames.has(name) ? document.createElementNS('http://www.w3.org/2000/svg', name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  return made;
}

const sprite = $('.brand use')?.getAttribute('href')?.split('#')[0] ?? '';
export const icon = name => h('svg', { class: 'icon', 'aria-hidden': 'true' }, h('use', { href: `${sprite}#${name}` }));

/** fill('a {0}', 1) -> 'a 1' */
export const fill = (words, ...facts) => words.replace(/\{(\d)\}/g, (_, i) => facts[i] ?? '');

const signs = { CNY: '¥', EUR: '€' };
const minus = '\u2212';
/** A sum as text: no figure is rounded, cents show when there are any or when asked for. */
export function cash(money, { cents = false, plus = false } = {}) {
  const whole = Math.trunc(Math.abs(money.amount) / 100), rest = Math.abs(money.amount) % 100;
  const lead = money.amount < 0 ? minus : plus && money.amount > 0 ? '+' : '';
  return `${lead}${signs[money.currency] ?? money.currency + ' '}${whole.toLocaleString('en-US')}${cents || rest ? '.' + String(rest).padStart(2, '0') : ''}`;
}
/** A monthly amount before there is a quote: whole units. */
export const whole = money => ({ ...money, amount: Math.floor((money.amount + 50) / 100) * 100 });
/** The one element every price of the store uses. */
export function price(money, options = {}) {
  const text = cash(money, options), sign = signs[money.currency] ?? money.currency;
  const at = text.indexOf(sign), found = document.createDocumentFragment();
  found.append(text.slice(0, at), h('span', { class: 'num' }, h('span', { class: 'yen' }, sign), text.slice(at + sign.length)));
  return found;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const parts = day => day.slice(0, 10).split('-').map(Number);
export function day(value) { const [, m, d] = parts(value); return zh ? `${m} 月 ${d} 日` : `${d} ${months[m - 1]}`; }
export function days(first, last) {
  const [y, m, d] = parts(first), [y2, m2, d2] = parts(last);
  if (y !== y2 || m !== m2) return `${day(first)} – ${day(last)}`;
  if (d === d2) return day(first);
  return zh ? `${m} 月 ${d}–${d2} 日` : `${d}–${d2} ${months[m - 1]}`;
}
/** ISO day `n` days later. */
export function later(value, n) { const [y, m, d] = parts(value); return new Date(Date.UTC(y, m - 1, d + n)).toISOString().slice(0, 10); }

/** The API said no: status and problem document. */
export class Problem extends Error { constructor(status, facts) { super(facts.title ?? status); this.status = status; this.facts = facts; } }

const pause = ms => new Promise(done => setTimeout(done, ms));
/** One call of the public API; what does not arrive is tried again, and `onattempt` hears the number. */
export async function call(path, body, { onattempt = () => {}, attempts = 4 } = {}) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await fetch(`${document.body.dataset.api}/api/v1${path}`, {
        method: body ? 'POST' : 'GET', credentials: 'omit',
        headers: { 'Accept-Language': language, ...(body ? { 'Content-Type': 'application/json' } : {}) },
        body: body ? JSON.stringify(body) : undefined, signal: AbortSignal.timeout(8000),
      });
      const facts = await answer.json();
      if (!answer.ok) throw new Problem(answer.status, facts);
      if (attempt > 1) onattempt(0);
      return facts;
    } catch (fault) {
      if (fault instanceof Problem || attempt >= attempts) throw fault;
      onattempt(attempt);
      await pause(600 * attempt);
    }
  }
}

let timer;
/** A toast for four seconds; stays while it is focused. */
export function toast(words) {
  const box = $('[data-toast]');
  if (!box) return;
  $('span', box).textContent = words;
  box.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => { if (!box.matches(':focus-within')) box.hidden = true; }, 4000);
}

const soft = hex => `#${hex.replace('#', '')}`;
/** Tints the page with a paint through CSSOM. */
export const tintPage = hex => document.documentElement.style.setProperty('--paint', soft(hex));
