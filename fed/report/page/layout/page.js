(function () {
'use strict';
var root = document.documentElement;
function all(selector, within) { return Array.from((within || document).querySelectorAll(selector)); }

all('.kb, .sort, .copy, .tools select').forEach(function (control) { control.disabled = false; });

// The key hides and shows a method on the whole page.
all('.kb').forEach(function (key) {
  key.addEventListener('click', function () {
    var shown = key.getAttribute('aria-pressed') === 'true';
    key.setAttribute('aria-pressed', String(!shown));
    root.classList.toggle('off-m-' + key.dataset.m, shown);
  });
});

// A header sorts its table: the better values first, then the other way around; rows without a value stay last.
all('.nums').forEach(function (table) {
  var heads = all('thead tr:last-child th', table);
  function value(row, at) {
    var cell = row.cells[at], text = cell.dataset.v || (cell.querySelector('.v') || cell).textContent;
    return text === '–' ? '' : text.replace('−', '-');
  }
  function compare(a, b) {
    return isNaN(a) || isNaN(b) ? a.localeCompare(b, undefined, {numeric: true}) : a - b;
  }
  all('.sort', table).forEach(function (button) {
    var head = button.parentNode, at = heads.indexOf(head), first = 'up' in button.dataset ? 'ascending' : 'descending';
    button.addEventListener('click', function () {
      var other = first === 'ascending' ? 'descending' : 'ascending';
      var order = head.getAttribute('aria-sort') === first ? other : first, body = table.tBodies[0];
      heads.forEach(function (h) { h.removeAttribute('aria-sort'); });
      head.setAttribute('aria-sort', order);
      Array.from(body.rows).sort(function (a, b) {
        var x = value(a, at), y = value(b, at);
        if (!x || !y) return !x - !y;
        return order === 'ascending' ? compare(x, y) : compare(y, x);
      }).forEach(function (row) { body.appendChild(row); });
    });
  });
});

// The choice of a row to compare with fills the second lines.
all('.tools select').forEach(function (choice) {
  var cells = all('td[data-d]', choice.closest('.tools').nextElementSibling);
  function fill() {
    cells.forEach(function (cell) {
      var line = JSON.parse(cell.dataset.d)[choice.value] || ['', ''], spans = all('.df span', cell);
      spans[0].textContent = line[0];
      spans[1].textContent = line[1];
    });
  }
  choice.addEventListener('change', fill);
  fill(); // a browser that comes back to the page restores the choice
});

all('.copy').forEach(function (button) {
  button.addEventListener('click', function () {
    var code = button.parentNode.querySelector('code');
    function select() { getSelection().selectAllChildren(code); }
    if (!navigator.clipboard) return select();
    navigator.clipboard.writeText(code.textContent).then(function () { button.textContent = 'Copied'; }, select);
  });
});
})();
