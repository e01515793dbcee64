// The vendor's own card fields, only while the stripe door is open: card data never touch our pages.
import { $ } from './kit.js';

const form = $('[data-stripe]');
if (form && window.Stripe) {
  const stripe = window.Stripe(form.dataset.key), elements = stripe.elements({ clientSecret: form.dataset.secret });
  elements.create('payment').mount('#card');
  form.addEventListener('submit', async event => {
    event.preventDefault();
    const button = $('button', form), shown = $('[data-stripe-error]', form);
    button.setAttribute('aria-busy', 'true');
    shown.hidden = true;
    const { error } = await stripe.confirmPayment({ elements, confirmParams: { return_url: form.dataset.back } });
    if (error) { shown.textContent = error.message; shown.hidden = false; button.removeAttribute('aria-busy'); }
  });
}
