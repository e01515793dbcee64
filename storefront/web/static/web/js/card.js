// The vendor's own fields, only while the stripe door is open: card data never touch our pages, sums never come from them.
import { $ } from './kit.js';

const form = $('[data-stripe]');
if (form) {
  const button = $('button', form), shown = $('[data-stripe-error]', form), say = form.dataset;
  const reasons = JSON.parse(say.reasons);
  let busy = false;

  const work = on => { busy = on; if (on) button.setAttribute('aria-busy', 'true'); else button.removeAttribute('aria-busy'); };
  const tell = (...words) => { shown.textContent = words.filter(Boolean).join(' '); shown.hidden = !shown.textContent; };
  const leave = () => location.assign(form.dataset.back);
  const fail = (...words) => { work(false); tell(...words); };

  const start = () => {
    const stripe = window.Stripe(form.dataset.key, { locale: form.dataset.locale });
    const elements = stripe.elements({ clientSecret: form.dataset.secret });
    const fields = elements.create('payment');
    fields.on('ready', () => { $('[data-stripe-loading]', form).hidden = true; button.disabled = false; });
    fields.on('loaderror', () => { $('[data-stripe-loading]', form).hidden = true; tell(say.sayLost); });
    fields.mount('#card');
    return { stripe, elements };
  };
  // Whatever broke on the way, the vendor knows: paid or under way leads on, anything else may be tried again.
  const askAgain = async stripe => {
    tell(say.sayUnsure);
    for (const pause of [0, 1500, 4000]) {
      await new Promise(done => setTimeout(done, pause));
      const { paymentIntent } = await stripe.retrievePaymentIntent(form.dataset.secret).catch(() => ({}));
      if (!paymentIntent) continue;
      if (['succeeded', 'processing', 'requires_capture'].includes(paymentIntent.status)) leave();
      else fail(say.saySafe);
      return;
    }
    leave();
  };
  const pay = async ({ stripe, elements }) => {
    let answer;
    try {
      answer = await stripe.confirmPayment({ elements, confirmParams: { return_url: form.dataset.back }, redirect: 'if_required' });
    } catch { answer = { error: { type: 'api_connection_error' } }; }
    const { error } = answer;
    const known = reasons[error?.decline_code] ?? reasons[error?.code];
    if (!error) leave();
    else if (known) fail(known);
    else if (['card_error', 'validation_error'].includes(error.type)) fail(error.message, say.sayNext);
    else await askAgain(stripe);
  };

  if (window.Stripe) {
    const parts = start();
    form.addEventListener('submit', event => {
      event.preventDefault();
      if (busy || button.disabled) return;
      work(true);
      tell('');
      pay(parts);
    });
    // Back from the vendor's page by the browser's own button: this page stands as it was left.
    addEventListener('pageshow', event => { if (event.persisted) work(false); });
  } else {
    $('[data-stripe-loading]', form).hidden = true;
    tell(say.sayLost);
  }
}
