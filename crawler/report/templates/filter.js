// Shows the rows that have every word typed and every choice made. Runs from a file, asks nobody.
"use strict";
const rows = [...document.querySelectorAll("tbody tr")];
const texts = rows.map((row) => row.textContent.toLowerCase());
const words = document.getElementById("words");
const choices = [...document.querySelectorAll("select")];
const shown = document.getElementById("shown");

function filter() {
  const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  rows.forEach((row, index) => {
    const fits = wanted.every((word) => texts[index].includes(word))
      && choices.every((choice) => !choice.value || row.dataset[choice.name] === choice.value);
    row.hidden = !fits;
    count += fits;
  });
  shown.textContent = count;
}

words.addEventListener("input", filter);
choices.forEach((choice) => choice.addEventListener("change", filter));
document.getElementById("filters").hidden = false;
