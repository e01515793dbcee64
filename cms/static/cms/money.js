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
