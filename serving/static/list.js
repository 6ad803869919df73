/* Adds "all of this part" to tables with boxes and counts what is chosen; without it every box works by itself. */
document.addEventListener("DOMContentLoaded", function () {
  var count = document.querySelector(".bulk-count");
  if (!count) { return; }
  var boxes = Array.prototype.slice.call(document.querySelectorAll('input[name="tick"]'));
  function told() {
    var chosen = {};
    boxes.forEach(function (box) { if (box.checked) { chosen[box.value] = true; } });
    var number = Object.keys(chosen).length;
    count.parentNode.parentNode.classList.toggle("on", number > 0);
    count.textContent = number ? count.getAttribute("data-word") + " " + number : "";
  }
  Array.prototype.forEach.call(document.querySelectorAll(".tick-all"), function (label) {
    var all = label.querySelector("input");
    var mine = boxes.filter(function (box) { return label.closest(".part").contains(box); });
    label.hidden = mine.length < 2;
    all.addEventListener("change", function () {
      mine.forEach(function (box) { box.checked = all.checked; });
      told();
    });
  });
  boxes.forEach(function (box) { box.addEventListener("change", told); });
  told();
});
