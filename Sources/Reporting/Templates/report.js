// Comfort only: sorting and filtering of tables, unfolding what a link points at.
"use strict";
for (const table of document.querySelectorAll("table.data")) {
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const value = (row, column, isNumber) => {
    const cell = row.cells[column];
    if (!isNumber) return cell.textContent;
    const number = parseFloat("value" in cell.dataset ? cell.dataset.value : cell.textContent);
    return Number.isNaN(number) ? -Infinity : number;
  };
  Array.from(table.tHead.rows[0].cells).forEach((head, column) => {
    if (!head.dataset.sort) return;
    const isNumber = head.dataset.sort === "number";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const upwards = head.getAttribute("aria-sort") === (isNumber ? "descending" : null);
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", upwards ? "ascending" : "descending");
      const sorted = rows.map((row) => [value(row, column, isNumber), row]);
      sorted.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0) * (upwards ? 1 : -1));
      body.append(...sorted.map(([, row]) => row));
    });
  });
  if (rows.length < 12) continue;
  const tools = document.createElement("div");
  tools.className = "tools";
  const filter = document.createElement("input");
  filter.type = "search";
  filter.placeholder = "Filter rows";
  filter.setAttribute("aria-label", filter.placeholder);
  const count = document.createElement("span");
  count.setAttribute("aria-live", "polite");
  filter.addEventListener("input", () => {
    const wanted = filter.value.toLowerCase();
    let shown = 0;
    for (const row of rows) {
      row.hidden = !row.textContent.toLowerCase().includes(wanted);
      if (!row.hidden) shown += 1;
    }
    count.textContent = wanted ? shown + " of " + rows.length : "";
  });
  tools.append(filter, count);
  table.parentElement.before(tools);
}
const items = Array.from(document.querySelectorAll("details.item"));
if (items.length > 1) {
  const tools = document.createElement("div");
  tools.className = "tools";
  for (const [label, open] of [["Unfold all", true], ["Fold all", false]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", () => { for (const item of items) item.open = open; });
    tools.append(button);
  }
  items[0].before(tools);
}
const unfold = () => {
  const target = location.hash ? document.getElementById(location.hash.slice(1)) : null;
  const item = target ? target.closest("details") : null;
  if (item && !item.open) {
    item.open = true;
    item.scrollIntoView();
  }
};
addEventListener("hashchange", unfold);
unfold();
