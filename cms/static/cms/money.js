/* The finance desk follows the files that are being read. Without this file the pages do the same by reload. */
"use strict";
for (const file of document.querySelectorAll("[data-money-progress]")) {
  const follow = async () => {
    let found;
    try {
      const answer = await fetch(file.dataset.moneyProgress, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      found = await answer.json();
    } catch {
      setTimeout(follow, 5000);
      return;
    }
    file.querySelector("progress").value = found.percent;
    file.querySelector("[data-money-count]").textContent = `${found.done} / ${found.total}`;
    file.querySelector(".state").textContent = found.said;
    if (found.over) location.reload();
    else setTimeout(follow, 1000);
  };
  setTimeout(follow, 1000);
}

/* The running difference between chosen lines and what they settle. The server works it out again. */
for (const form of document.querySelectorAll("[data-money-match]")) {
  const shown = form.querySelector("[data-money-difference]");
  const digits = Number(form.dataset.moneyDigits);
  const minor = (text) => Math.round(Number(String(text).replace(/[,，\s]/g, "").replace("−", "-") || 0) * 10 ** digits);
  const count = () => {
    let left = minor(shown.dataset.moneyLeft);
    for (const tick of form.querySelectorAll("[name=target]:checked")) {
      const amount = form.elements[`amount-${tick.value}`];
      left -= minor(amount.value);
    }
    shown.textContent = Number.isFinite(left) ? (left / 10 ** digits).toLocaleString(undefined, { minimumFractionDigits: digits }) : "?";
    shown.closest(".desk__difference").classList.toggle("desk__next--bad", left !== 0);
  };
  form.addEventListener("input", count);
  form.addEventListener("change", count);
}
