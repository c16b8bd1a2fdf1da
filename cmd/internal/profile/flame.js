// Zooms the bars of a flame graph; see flame.go for the layout.
(function () {
  "use strict";
  var margin = 10, full = 1180, letter = 6.7, near = 0.05;
  var bars = Array.prototype.map.call(document.querySelectorAll("g.f"), function (g) {
    var rect = g.querySelector("rect");
    return {
      g: g, rect: rect, text: g.querySelector("text"),
      name: g.querySelector("title").textContent.split("\n")[0].replace(/^.*\//, ""),
      x: +rect.getAttribute("x"), width: +rect.getAttribute("width"), y: +rect.getAttribute("y")
    };
  });
  function label(name, width) {
    var fits = Math.floor((width - 6) / letter);
    if (fits < 3) return "";
    return name.length > fits ? name.slice(0, fits - 2) + ".." : name;
  }
  function zoom(to) {
    var end = to.x + to.width;
    bars.forEach(function (bar) {
      var on = bar.y <= to.y && bar.x >= to.x - near && bar.x + bar.width <= end + near;
      var under = bar.y > to.y && bar.x <= to.x + near && bar.x + bar.width >= end - near;
      bar.g.style.display = on || under ? "" : "none";
      bar.g.style.opacity = under ? 0.5 : 1;
      var x = under ? margin : margin + (bar.x - to.x) * full / to.width;
      var width = under ? full : bar.width * full / to.width;
      bar.rect.setAttribute("x", x);
      bar.rect.setAttribute("width", width);
      bar.text.setAttribute("x", x + 3);
      bar.text.textContent = label(bar.name, width);
    });
  }
  bars.forEach(function (bar) {
    bar.g.addEventListener("click", function () { zoom(bar); });
  });
})();
