
// Flame graphs: each function is a bar as wide as its share, above the bar of its
// caller. Neighbouring bars are sorted by name. The element "flames" has the trees.
(function () {
  "use strict";
  var rowHeight = 18, letter = 6.7, leastWidth = 0.4;
  var grey = "#e2e2e2"; // bars that were zoomed past or not found
  var data = JSON.parse(document.getElementById("flames").textContent);
  var graphs = [];

  function create(name, attributes, text) {
    var isSVG = ["svg", "g", "rect", "text", "title"].indexOf(name) >= 0;
    var element = isSVG ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
    for (var key in attributes) element.setAttribute(key, attributes[key]);
    if (text !== undefined) element.textContent = text;
    return element;
  }
  function percent(share) { return (100 * share).toFixed(share < 0.1 ? 2 : 1) + " %"; }
  function nanoseconds(n) { return (n >= 100 ? n.toFixed(0) : n >= 10 ? n.toFixed(1) : n.toFixed(2)) + " ns"; }
  function short(name) { return name.slice(name.lastIndexOf("/", name.indexOf("[") < 0 ? name.length : name.indexOf("[")) + 1); }
  function label(name, width) {
    var fits = Math.floor((width - 6) / letter);
    if (fits < 3) return "";
    return name.length > fits ? name.slice(0, fits - 1) + "…" : name;
  }

  // stageOf returns the stage with an index in the page.
  function stageOf(index) {
    return data.stages.find(function (s) { return s.index === index; });
  }

  // tree returns the tree of a stage as nodes. All values are shares of its CPU time.
  function tree(stage) {
    function node(branch, parent) {
      var n = {name: data.names[branch[0]], colour: data.colours[branch[0]], parent: parent, self: branch[1], value: branch[1]};
      n.children = branch.slice(2).map(function (b) { return node(b, n); });
      n.children.forEach(function (c) { n.value += c.value; });
      return n;
    }
    var root = node(stage.tree, null), total = root.value || 1;
    (function divide(n) {
      n.self /= total;
      n.value /= total;
      n.children.forEach(divide);
    })(root);
    root.words = function (n) {
      return n.name + ": " + percent(n.value) + " of CPU time, " + nanoseconds(n.value * stage.perRow) + " a row; of it own: " +
        percent(n.self) + ", " + nanoseconds(n.self * stage.perRow);
    };
    root.sign = function () { return ""; };
    return root;
  }

  // difference returns one tree for two stages. The value of a node is the mean of both.
  function difference(first, second) {
    var most = 0;
    function merge(a, b, parent) {
      var n = {name: (a || b).name, parent: parent, a: a ? a.value : 0, b: b ? b.value : 0};
      n.value = (n.a + n.b) / 2;
      most = Math.max(most, Math.abs(n.b - n.a));
      var of = new Map();
      [a, b].forEach(function (side, i) {
        (side ? side.children : []).forEach(function (c) {
          if (!of.has(c.name)) of.set(c.name, [null, null]);
          of.get(c.name)[i] = c;
        });
      });
      n.children = Array.from(of.keys()).sort().map(function (name) { return merge(of.get(name)[0], of.get(name)[1], n); });
      return n;
    }
    var root = merge(tree(first), tree(second), null);
    // A bar is grey if its share is the same, and has the full colour at the largest
    // difference of all. All colours are light enough for black text.
    (function paint(n) {
      var part = most ? Math.sqrt(Math.abs(n.b - n.a) / most) : 0, to = n.b > n.a ? [255, 125, 110] : [110, 165, 255];
      n.colour = "rgb(" + to.map(function (v) { return Math.round(226 + (v - 226) * part); }).join(",") + ")";
      n.children.forEach(paint);
    })(root);
    root.sign = function (n) { return n.b - n.a >= 0.005 ? "▲ " : n.a - n.b >= 0.005 ? "▼ " : ""; };
    root.words = function (n) {
      var points = 100 * (n.b - n.a);
      return n.name + ": " + percent(n.a) + " of CPU time in " + first.name + ", " + percent(n.b) + " in " + second.name + " (" +
        (points < 0 ? "−" : "+") + Math.abs(points).toFixed(1) + " points); a row " + nanoseconds(n.a * first.perRow) + " and " + nanoseconds(n.b * second.perRow);
    };
    return root;
  }

  // graph makes box a flame graph. of returns its root; name is for screen readers.
  function graph(box, name, of) {
    var controls = create("p", {"class": "controls find"}), id = "find-" + graphs.length;
    var input = create("input", {type: "search", id: id, placeholder: "part of a name", spellcheck: "false", autocomplete: "off"});
    var reset = create("button", {type: "button"}, "Reset");
    var found = create("output", {"for": id});
    controls.append(create("label", {"for": id}, "find functions"), input, reset, found);
    var svg = create("svg", {role: "group", "font-size": "11"});
    var hint = "Point at a bar, or move with the arrow keys. Enter or a click zooms; Escape or the lowest bar goes back.";
    var details = create("p", {"class": "details muted"}, hint);
    box.append(controls, svg, details);
    var root, zoomed, current, drawnWidth, bars = [];

    function isFound(n) { return input.value !== "" && n.name.toLowerCase().indexOf(input.value.toLowerCase()) >= 0; }
    // share returns the share of stacks that have a function which is found.
    function share(n) {
      if (isFound(n)) return n.value;
      return n.children.reduce(function (sum, c) { return sum + share(c); }, 0);
    }

    function draw(width, focus) {
      width = width || box.clientWidth;
      if (!width) return; // closed
      drawnWidth = width;
      root = root || of();
      zoomed = zoomed || root;
      current = current || zoomed;
      bars = [];
      for (var n = zoomed.parent, above = []; n; n = n.parent) above.unshift(n);
      above.forEach(function (n, depth) { bars.push({node: n, depth: depth, x: 0, width: width, past: true}); });
      (function place(n, depth, x, scale) {
        if (n.value * scale < leastWidth) return;
        bars.push({node: n, depth: depth, x: x, width: n.value * scale});
        n.children.forEach(function (c) {
          place(c, depth + 1, x, scale);
          x += c.value * scale;
        });
      })(zoomed, above.length, 0, width / zoomed.value);
      if (!bars.some(function (b) { return b.node === current; })) current = zoomed;
      var height = (1 + Math.max.apply(null, bars.map(function (b) { return b.depth; }))) * rowHeight;
      svg.setAttribute("width", width);
      svg.setAttribute("height", height);
      svg.setAttribute("viewBox", "0 0 " + width + " " + height);
      svg.setAttribute("aria-label", name());
      svg.replaceChildren.apply(svg, bars.map(function (b) { return element(b, height); }));
      if (focus) bars.find(function (b) { return b.node === current; }).element.focus();
    }

    function element(b, height) {
      var n = b.node, y = height - (b.depth + 1) * rowHeight, words = root.words(n), search = input.value !== "";
      var g = create("g", {"class": "bar" + (isFound(n) ? " found" : ""), role: "button", tabindex: n === current ? 0 : -1, "aria-label": words});
      g.append(create("title", {}, words),
        create("rect", {x: b.x.toFixed(2), y: y, width: Math.max(b.width - 0.5, leastWidth).toFixed(2), height: rowHeight - 1, rx: 1, fill: b.past || search && !isFound(n) ? grey : n.colour}),
        create("text", {x: (b.x + 3).toFixed(2), y: y + 12.5}, label(root.sign(n) + short(n.name), b.width)));
      g.addEventListener("click", function () { zoom(n); });
      g.addEventListener("keydown", function (event) { key(event, b); });
      g.addEventListener("focus", function () { at(n); });
      g.addEventListener("mouseenter", function () { details.textContent = words; });
      b.element = g;
      return g;
    }

    // at makes the bar of n the one that the tab key reaches.
    function at(n) {
      current = n;
      bars.forEach(function (b) { b.element.setAttribute("tabindex", b.node === n ? 0 : -1); });
      details.textContent = root.words(n);
    }

    function zoom(n) {
      zoomed = current = n;
      draw(0, true);
    }

    function key(event, b) {
      var row = bars.filter(function (o) { return o.depth === b.depth; }), to = null;
      switch (event.key) {
        case "Enter": case " ": zoom(b.node); break;
        case "Escape": zoom(root); break;
        case "Home": to = bars[0]; break;
        case "ArrowUp": to = bars.find(function (o) { return o.node.parent === b.node; }); break;
        case "ArrowDown": to = bars.find(function (o) { return o.node === b.node.parent; }); break;
        case "ArrowLeft": to = row[row.indexOf(b) - 1]; break;
        case "ArrowRight": to = row[row.indexOf(b) + 1]; break;
        default: return;
      }
      event.preventDefault();
      if (to) to.element.focus();
    }

    input.addEventListener("input", function () {
      draw();
      found.textContent = input.value === "" || !root ? "" : percent(share(root)) + " of CPU time is in them or in what they call";
    });
    reset.addEventListener("click", function () {
      input.value = found.textContent = "";
      zoomed = current = root;
      details.textContent = hint;
      draw();
    });
    graphs.push({
      draw: draw,
      resize: function () { if (box.clientWidth && box.clientWidth !== drawnWidth) draw(); },
      refresh: function () {
        root = zoomed = current = null;
        details.textContent = hint;
        draw();
        input.dispatchEvent(new Event("input"));
      }
    });
    return graphs[graphs.length - 1];
  }

  document.querySelectorAll(".flame[data-stage]").forEach(function (box) {
    var stage = stageOf(+box.dataset.stage);
    graph(box, function () { return "Flame graph of " + stage.name; }, function () { return tree(stage); });
  });
  var first = document.getElementById("first"), second = document.getElementById("second");
  if (first) {
    second.selectedIndex = second.length - 1;
    var differential = graph(document.getElementById("differential"), function () {
      return "Flame graph of the difference of " + first.selectedOptions[0].text + " and " + second.selectedOptions[0].text;
    }, function () { return difference(stageOf(+first.value), stageOf(+second.value)); });
    [first, second].forEach(function (select) { select.addEventListener("change", differential.refresh); });
    document.getElementById("swap").addEventListener("click", function () {
      var index = first.selectedIndex;
      first.selectedIndex = second.selectedIndex;
      second.selectedIndex = index;
      differential.refresh();
    });
  }

  // Stages are open without this script.
  var details = Array.from(document.querySelectorAll("details.stage"));
  details.forEach(function (d) {
    d.open = "#" + d.id === decodeURIComponent(location.hash);
    d.addEventListener("toggle", resize);
  });
  document.querySelectorAll("button[data-open]").forEach(function (button) {
    button.addEventListener("click", function () {
      details.forEach(function (d) { d.open = button.dataset.open === "true"; });
    });
  });
  function resize() { graphs.forEach(function (g) { g.resize(); }); }
  window.addEventListener("resize", resize);
  window.addEventListener("beforeprint", function () {
    graphs.forEach(function (g) { g.draw(document.body.clientWidth); });
  });
  resize();
})();
