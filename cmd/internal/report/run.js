
// The result of a run: each head of a column sorts the rows, and a field finds them.
(function () {
  "use strict";
  var table = document.getElementById("listing");
  if (!table) return;
  var body = table.tBodies[0];
  var rows = Array.from(body.rows);
  var heads = Array.from(table.tHead.rows[0].cells).filter(function (h) { return !h.classList.contains("bars"); });
  var texts = heads.filter(function (h) { return !h.hasAttribute("data-number"); }).length || 1;

  // The keys of a column. The rows of the page are in the order of the names, which is
  // the order of the first column.
  function keys(column) {
    if (column === 0 && !heads[0].hasAttribute("data-number")) {
      return rows.map(function (_, i) { return i; });
    }
    return rows.map(function (row) {
      var text = row.cells[column].textContent;
      if (!heads[column].hasAttribute("data-number")) return text;
      return text.trim() === "" ? NaN : Number(text);
    });
  }

  // Rows that are equal stay in the order of the page. A number that is missing comes last.
  function sort(column, descending) {
    var by = keys(column);
    var order = rows.map(function (_, i) { return i; });
    order.sort(function (a, b) {
      var x = by[a], y = by[b];
      if (x === y) return a - b;
      if (x !== x || y !== y) return (x !== x) - (y !== y) || a - b;
      return (x < y) === descending ? 1 : -1;
    });
    var sorted = document.createDocumentFragment();
    order.forEach(function (i) { sorted.appendChild(rows[i]); });
    body.appendChild(sorted);
  }

  heads.forEach(function (head, column) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.textContent = "";
    head.appendChild(button);
    button.addEventListener("click", function () {
      var descending = head.getAttribute("aria-sort") === "ascending";
      heads.forEach(function (h) { h.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      sort(column, descending);
    });
  });

  // Names are the texts of a row, without regard to case or to how accents are encoded.
  function plain(text) { return text.normalize("NFC").toLowerCase(); }
  var names = rows.map(function (row) {
    return plain(Array.from(row.cells).slice(0, texts).map(function (c) { return c.textContent; }).join("\n"));
  });
  var found = document.getElementById("found");
  var field = document.getElementById("find");
  function find() {
    var wanted = plain(field.value);
    var count = 0;
    rows.forEach(function (row, i) {
      var shown = names[i].indexOf(wanted) >= 0;
      row.hidden = !shown;
      if (shown) count++;
    });
    found.textContent = count.toLocaleString("en") + " of " + rows.length.toLocaleString("en");
  }
  field.addEventListener("input", find);
  find();
})();
