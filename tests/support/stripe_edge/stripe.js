// TEST ONLY stand-in for js.stripe.com: the calls the shop makes, with fields in a frame of another origin as there.
(() => {
  const base = new URL(document.currentScript.src).origin;
  let frames = 0;

  const call = async (key, path, body) => {
    const answer = await fetch(base + path, {
      method: body ? 'POST' : 'GET', headers: { Authorization: `Bearer ${key}` }, body: body && new URLSearchParams(body),
    });
    return answer.json();
  };
  const framed = (src, where) => {
    const frame = document.createElement('iframe');
    frame.name = `__privateStripeFrame${++frames}`;
    frame.title = 'Secure payment input frame';
    frame.src = base + src;
    frame.style.cssText = 'width:100%;height:180px;border:0';
    where.append(frame);
    return frame;
  };
  const heard = (frame, kind) => new Promise(done => {
    const listen = event => {
      if (event.source !== frame.contentWindow || event.origin !== base || event.data.kind !== kind) return;
      removeEventListener('message', listen);
      done(event.data);
    };
    addEventListener('message', listen);
  });
  const ask = (frame, kind) => { const said = heard(frame, kind); frame.contentWindow.postMessage({ kind }, base); return said; };
  const lost = { error: { type: 'api_connection_error', message: 'The connection to the payment service was lost.' } };

  window.Stripe = (key, { locale = 'auto' } = {}) => ({
    elements: ({ clientSecret }) => {
      const listeners = {};
      const made = {
        clientSecret,
        create() {
          return {
            on(name, act) { listeners[name] = act; return this; },
            mount(where) {
              const box = typeof where === 'string' ? document.querySelector(where) : where;
              call(key, `/v1/payment_intents/${clientSecret.split('_secret')[0]}?client_secret=${clientSecret}`)
                .then(async intent => {
                  if (intent.error) { listeners.loaderror?.({ error: intent.error }); return; }
                  made.method = intent.payment_method_types[0];
                  made.frame = framed(`/fields/${made.method}?lang=${locale}`, box);
                  await heard(made.frame, 'ready');
                  listeners.ready?.({});
                }, () => listeners.loaderror?.(lost));
            },
          };
        },
      };
      return made;
    },

    async confirmPayment({ elements, confirmParams, redirect = 'always' }) {
      const secret = elements.clientSecret, id = secret.split('_secret')[0];
      const { fields } = await ask(elements.frame, 'fields');
      const body = { client_secret: secret, return_url: confirmParams.return_url, 'payment_method_data[type]': elements.method };
      for (const [name, value] of Object.entries(fields)) body[`payment_method_data[card][${name}]`] = value;
      let intent;
      try { intent = await call(key, `/v1/payment_intents/${id}/confirm`, body); } catch { return lost; }
      if (intent.error) return { error: intent.error };
      const next = intent.next_action;
      if (next?.type === 'redirect_to_url') { location.assign(next.redirect_to_url.url); return new Promise(() => {}); }
      if (next?.type === 'use_stripe_sdk') {
        const sheet = document.createElement('div');
        sheet.style.cssText = 'position:fixed;inset:0;z-index:9999;background:rgba(0,0,0,.5)';
        document.body.append(sheet);
        const frame = framed(`/3ds/${id}`, sheet);
        await heard(frame, 'challenged');
        sheet.remove();
        intent = await call(key, `/v1/payment_intents/${id}?client_secret=${secret}`);
        if (intent.status === 'requires_payment_method') return { error: { type: 'invalid_request_error', ...intent.last_payment_error } };
      }
      if (redirect === 'if_required') return { paymentIntent: intent };
      const back = new URL(confirmParams.return_url);
      back.searchParams.set('payment_intent', id);
      back.searchParams.set('payment_intent_client_secret', secret);
      back.searchParams.set('redirect_status', 'succeeded');
      location.assign(back);
      return new Promise(() => {});
    },

    async retrievePaymentIntent(secret) {
      try {
        const intent = await call(key, `/v1/payment_intents/${secret.split('_secret')[0]}?client_secret=${secret}`);
        return intent.error ? { error: intent.error } : { paymentIntent: intent };
      } catch { return lost; }
    },
  });
})();
