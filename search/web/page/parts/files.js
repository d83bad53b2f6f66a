// Files that are dropped or chosen: read in the browser, never sent anywhere but to the server as text.

import {el, uniqueId} from "./dom.js";

// JSON as this project's files hold it: with // comments. Throws SyntaxError.
export function jsonOf(text) {
  return JSON.parse(text.replace(/("(?:[^"\\]|\\.)*")|\/\/.*$/gm, (_, kept) => kept ?? ""));
}

// The files just chosen; the same can be chosen again.
export function takeFiles(input) {
  const files = [...input.files];
  input.value = "";
  return files;
}

// `onText(name, text)` for each file.
export function dropPart({label, accept, multiple = false, onText}) {
  const id = uniqueId("file");
  const take = async (files) => {
    for (const file of files) onText(file.name, await file.text());
  };
  const input = el("input", {id, type: "file", accept, multiple, on: {change: () => take(takeFiles(input))}});
  const element = el(
    "div",
    {class: "drop"},
    el("label", {for: id}, label),
    input,
    el("p", {class: "hint"}, "or drop it here"),
  );
  element.addEventListener("dragover", (event) => {
    event.preventDefault();
    element.classList.add("over");
  });
  element.addEventListener("dragleave", () => element.classList.remove("over"));
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    element.classList.remove("over");
    take(event.dataTransfer.files);
  });
  return {element};
}
